/** Ends that EMQX does not tell, as timelines of what two nodes publish: what the watcher concludes, and what it does not. */
import { describe, expect, it } from 'vitest'
import { emqx } from '../../domain/dialects/emqx.ts'
import { createReader } from '../../watcher/reader.ts'

const startMs = Date.parse('2026-11-22T10:00:00.000Z')
const at = (second: number) => startMs + second * 1000
const one = 'emqx@10.0.0.1'
const two = 'emqx@10.0.0.2'

/** A watcher of the cluster; every message arrives in the second given, and is then settled as a feed does. */
function watching() {
  const reader = createReader(emqx, { cluster: 'plant', broker: 'feed-1', isOwn: () => false })
  const concluded: object[] = []
  function arrive(second: number, topic: string, payload: unknown, measured = true) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    const arrival = { topic: `$SYS/brokers${topic}`, payload: Buffer.from(text), retain: false }
    const { ended = [] } = reader.read(arrival, { receivedAt: at(second), measured })
    concluded.push(...ended.map(short))
  }
  const client = (second: number, node: string, clientid: string, event: string, told: object) =>
    arrive(second, `/${node}/clients/${clientid}/${event}`, { clientid, ...told })
  return {
    arrive,
    connected: (second: number, node: string, clientid: string, beganSecond = second) =>
      client(second, node, clientid, 'connected', { connected_at: at(beganSecond), ts: at(beganSecond) }),
    disconnected: (second: number, node: string, clientid: string, told: { began: number; reason: string }) => {
      const times = { connected_at: at(told.began), disconnected_at: at(second), ts: at(second) }
      client(second, node, clientid, 'disconnected', { ...times, reason: told.reason })
    },
    nodes: (second: number, ...names: string[]) => arrive(second, '', names.join(',')),
    uptime: (second: number, node: string, seconds: number, measured = true) =>
      arrive(second, `/${node}/uptime`, `${seconds * 1000}`, measured),
    /** What was concluded up to then. */
    until: (second: number) => {
      concluded.push(...reader.sessions.due(at(second)).map(short))
      return concluded.splice(0)
    },
    open: reader.sessions.size,
  }
}

type End = ReturnType<ReturnType<typeof createReader>['sessions']['due']>[number]
function short({ clientId, broker, atMs, connectedAtMs, cause, origin, reason }: End) {
  return {
    clientId,
    broker,
    at: (atMs - startMs) / 1000,
    began: ((connectedAtMs ?? 0) - startMs) / 1000,
    cause,
    origin,
    reason,
  }
}
const inferred = { origin: 'inferred' }

describe('a take-over between two nodes', () => {
  const end = { began: 0, reason: 'takenover' }

  it('told in its order is never concluded', () => {
    const { connected, disconnected, until, open } = watching()
    connected(0, one, 'moved')
    disconnected(60, one, 'moved', end)
    connected(60.01, two, 'moved')
    expect(until(600)).toEqual([])
    expect(open()).toBe(1)
  })

  it('told the other way round is never concluded either', () => {
    const { connected, disconnected, until, open } = watching()
    connected(0, one, 'moved')
    connected(60, two, 'moved')
    expect(until(64)).toEqual([])
    disconnected(64, one, 'moved', end)
    expect(until(600)).toEqual([])
    expect(open()).toBe(1)
  })
})

describe('a node that crashed', () => {
  it('ends its sessions once, when it leaves the list; the others go on', () => {
    const { connected, nodes, until, open } = watching()
    nodes(0, one, two)
    connected(1, one, 'a')
    connected(2, two, 'b')
    connected(3, two, 'c')
    nodes(60, one)
    const gone = { broker: two, at: 60, cause: 'server_shutdown', ...inferred }
    expect(until(61)).toMatchObject([
      { ...gone, clientId: 'b', began: 2 },
      { ...gone, clientId: 'c', began: 3 },
    ])
    connected(70, one, 'b')
    nodes(120, one)
    nodes(180, one, two)
    expect(until(600)).toEqual([])
    expect(open()).toBe(2)
  })

  it('and is back before the list shows it, is younger than it was: what was open before has ended', () => {
    const { connected, nodes, uptime, until } = watching()
    nodes(0, one, two)
    connected(1, two, 'b')
    connected(2, one, 'a')
    uptime(30, one, 86_400)
    uptime(30, two, 86_400)
    connected(48, two, 'back')
    nodes(60, one, two)
    uptime(60, one, 86_430)
    uptime(60, two, 20)
    expect(until(61)).toMatchObject([{ clientId: 'b', broker: two, at: 40, cause: 'server_shutdown', ...inferred }])
    uptime(90, two, 50)
    expect(until(600)).toEqual([])
  })

  it('is not taken for younger by words of it that waited for us', () => {
    const { connected, uptime, until } = watching()
    connected(1, two, 'b')
    uptime(30, two, 86_400)
    uptime(100, two, 20, false)
    expect(until(600)).toEqual([])
  })

  it('is no crash where a client’s session had ended before', () => {
    const { connected, disconnected, nodes, until } = watching()
    nodes(0, one, two)
    connected(1, two, 'b')
    disconnected(30, two, 'b', { began: 1, reason: 'normal' })
    nodes(60, one)
    expect(until(600)).toEqual([])
  })
})

describe('a client that EMQX killed without a word (out of memory, too large a packet)', () => {
  it('gets its end from its next beginning, with its own beginning, once', () => {
    const { connected, disconnected, until } = watching()
    connected(0, one, 'greedy')
    connected(60, one, 'greedy')
    expect(until(64.9)).toEqual([])
    const reason = expect.stringMatching(/no end of this one/)
    expect(until(65)).toEqual([
      { clientId: 'greedy', broker: one, at: 60, began: 0, cause: 'unknown', ...inferred, reason },
    ])
    disconnected(90, one, 'greedy', { began: 60, reason: 'normal' })
    expect(until(600)).toEqual([])
  })

  it('five times in a row gets five ends, each with its own beginning', () => {
    const { connected, until } = watching()
    for (const second of [0, 10, 20, 30, 40, 50]) connected(second, one, 'greedy')
    expect(until(600).map((each) => Reflect.get(each, 'began'))).toEqual([0, 10, 20, 30, 40])
  })
})

it('a client of a gateway is not taken for the MQTT client of its name', () => {
  const { arrive, connected, until } = watching()
  connected(0, one, 'sensor')
  const told = { clientid: 'sensor', connected_at: at(10), ts: at(10) }
  arrive(10, `/${one}/gateway/coap/clients/sensor/connected`, told)
  expect(until(600)).toEqual([])
})
