/** Sessions that ended while nobody watched: a feed finds them in the broker's own list of clients, over real HTTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dialects } from '../../domain/dialects/index.ts'
import type { EventDraft } from '../../domain/event.ts'
import { FeedSchema } from '../../domain/feed.ts'
import { createOpenSessions } from '../../domain/open-sessions.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import type { LogLine } from '../../watcher/log.ts'
import { createRosterCheck } from '../../watcher/roster-check.ts'
import { createSecrets } from '../../watcher/secrets.ts'
import { startWatcher } from '../../watcher/watcher.ts'
import { draftOf } from '../events.ts'
import {
  credentials,
  type EmqxClient,
  clientRow as client,
  node,
  password,
  serveRoster,
  startMs,
} from './roster-server.ts'
import { createCleanup, createQueue, freePort, startAedes, until } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

async function serve(clients: () => readonly EmqxClient[]) {
  const server = await serveRoster(clients)
  cleanup.defer(server.close)
  return server
}

/** An event without a key of its session, as EMQX tells it. */
function plainOf(changes: Partial<EventDraft>): EventDraft {
  const { sessionKey: _, ...draft } = draftOf({ broker: node, ...changes })
  return draft
}

describe('a feed compares', () => {
  let second: number
  beforeEach(() => {
    second = 0
  })
  const at = (atSecond: number) => startMs + atSecond * 1000

  /** A feed's sessions and its check, by a clock that the test moves. */
  async function stage({ slot = 'a', dialect = 'emqx' } = {}) {
    const clients: EmqxClient[] = []
    const server = await serve(() => clients)
    const sessions = createOpenSessions('plant', 100)
    const ended: EventDraft[] = []
    const lines: LogLine[] = []
    let secret = JSON.stringify(credentials)
    const settings = FeedSchema.parse({ url: 'mqtt://broker', api: { url: server.url, secret: 'plant/api' } })
    const check = createRosterCheck({
      dialect,
      settings,
      broker: 'feed-1',
      slot,
      isOwn: (clientId) => clientId === 'keepwatch',
      secrets: createSecrets({ fetchSecret: async () => Promise.resolve(secret), now: () => at(second) }),
      sessions,
      inBrokerTime: (epochMs) => epochMs + 60_000,
      ended: (ends) => void ended.push(...ends),
      log: (line) => void lines.push(line),
      now: () => at(second),
    })
    return {
      ...server,
      ...check,
      clients,
      sessions,
      ended,
      lines,
      setSecret: (text: string) => {
        secret = text
      },
      began: (clientId: string) =>
        sessions.take(plainOf({ type: 'connected', clientId, atMs: startMs, connectedAtMs: startMs }), at(second)),
      /** Moves the clock. */
      moveTo: async (toSecond: number) => {
        second = toSecond
        await check.tick()
      },
    }
  }

  it('five seconds after a link stands: who is missing ended, once, and the list’s own are remembered', async () => {
    const { began, clients, up, down, moveTo, ended, lines, sessions, asked } = await stage()
    began('gone')
    began('there')
    clients.push(client('there'), client('new', at(20)), client('keepwatch', at(30)))
    await moveTo(20)
    down()
    await moveTo(30)
    up()
    await moveTo(34)
    expect(asked).toEqual([])
    await moveTo(35)
    expect(ended).toEqual([])
    await moveTo(40)
    const end = { clientId: 'gone', type: 'disconnected', origin: 'inferred', cause: 'unknown', connectedAtMs: startMs }
    // In the broker's time, which is a minute ahead here.
    expect(ended).toMatchObject([
      { ...end, atMs: at(35) + 60_000, reason: 'missing from the broker’s own list of clients' },
    ])
    expect(lines.at(-1)).toMatchObject({ listed: 3, endedUnseen: 1, open: 3 })
    const stopped = { broker: node, atMs: at(50), cause: 'server_shutdown', reason: 'stopped' } as const
    expect(sessions.endAll(stopped).map(({ clientId, own }) => [clientId, own])).toEqual([
      ['there', false],
      ['new', false],
      ['keepwatch', true],
    ])
  })

  it('ten seconds later in watcher b, and again every hour', async () => {
    const { up, moveTo, asked } = await stage({ slot: 'b' })
    up()
    await moveTo(14)
    expect(asked).toEqual([])
    await moveTo(15)
    expect(asked).toHaveLength(1)
    await moveTo(20)
    await moveTo(3614)
    expect(asked).toHaveLength(1)
    await moveTo(3615)
    expect(asked).toHaveLength(2)
  })

  it('so that ends told meanwhile are no others', async () => {
    const { began, clients, up, moveTo, ended, sessions } = await stage()
    began('late')
    clients.push(client('left', at(15)))
    await moveTo(20)
    up()
    await moveTo(25)
    const told = { connectedAtMs: startMs, atMs: at(24) }
    sessions.take(plainOf({ ...told, clientId: 'late' }), at(26))
    sessions.take(plainOf({ ...told, clientId: 'left', connectedAtMs: at(15) }), at(26))
    await moveTo(30)
    expect(ended).toEqual([])
    expect(sessions.size()).toBe(0)
  })

  it('by no list of before a cut', async () => {
    const { began, up, down, moveTo, ended, asked } = await stage()
    began('there')
    await moveTo(20)
    up()
    await moveTo(25)
    down()
    await moveTo(600)
    up()
    expect(ended).toEqual([])
    expect(asked).toHaveLength(1)
  })

  it('once its credentials are right: until then it says that they are not, and asks again after five minutes', async () => {
    const { began, up, moveTo, ended, problem, lines, setSecret } = await stage()
    began('gone')
    setSecret(JSON.stringify({ username: 'key-1', password: `${password}-of-yesterday` }))
    await moveTo(20)
    up()
    await moveTo(25)
    expect(problem()).toMatch(/answered 401: check the secret of "api"/)
    await moveTo(324)
    setSecret(JSON.stringify(credentials))
    await moveTo(325)
    await moveTo(330)
    expect(problem()).toBeUndefined()
    expect(ended).toMatchObject([{ clientId: 'gone' }])
    expect(JSON.stringify(lines)).not.toContain(password)
  })

  it('with nothing where the broker has no list, and says so', async () => {
    const { up, moveTo, problem, asked } = await stage({ dialect: 'mosquitto' })
    up()
    await moveTo(600)
    expect(asked).toEqual([])
    expect(problem()).toBe(
      '"api" is set, but a broker of the dialect mosquitto cannot be asked for its clients: remove it',
    )
  })
})

it('an end that nobody saw, for the link was cut, is stored as concluded after the next link stands', async () => {
  const clients = [client('stays'), client('leaves')]
  const { url } = await serve(() => clients)
  const port = await freePort()
  let broker = await startAedes(port)
  cleanup.defer(async () => broker.kill())
  const feed = {
    url: `mqtt://127.0.0.1:${port}`,
    api: { url, secret: 'api' },
    connection: { reconnectPeriod: 100, maximumReconnectPeriod: 200 },
  }
  const checked = checkSettings({
    clusters: [{ name: 'plant', dialect: 'emqx', feeds: [feed], canary: { enabled: false } }],
  })
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  const queue = createQueue()
  let aheadMs = 0
  const now = () => Date.now() + aheadMs
  const watcher = startWatcher({
    settings: checked.settings,
    slot: 'a',
    dialects,
    ship: queue.send,
    secrets: createSecrets({ fetchSecret: async () => Promise.resolve(JSON.stringify(credentials)), now }),
    log: () => undefined,
    now,
  })
  cleanup.defer(async () => watcher.stop({ deadlineMs: 2000 }))
  const up = async () => until('the feed to be up', () => watcher.feeds()[0]?.state === 'up')
  await up()
  for (const { clientid } of clients) {
    const told = JSON.stringify({ clientid, connected_at: startMs, ts: startMs })
    await broker.publish(`$SYS/brokers/${node}/clients/${clientid}/connected`, told)
  }
  await until('both beginnings', () => queue.events().length === 2)
  aheadMs += 20_000
  await broker.kill()
  clients.pop()
  broker = await startAedes(port)
  await until('the gap', () => queue.gaps().length > 0)
  await up()
  const ends = () => queue.events().filter(({ type }) => type === 'disconnected')
  await until('the end', () => {
    aheadMs += 1000
    return ends().length > 0
  })
  expect(ends()).toMatchObject([
    {
      clientId: 'leaves',
      origin: 'inferred',
      cause: 'unknown',
      reason: 'missing from the broker’s own list of clients',
    },
  ])
  expect(watcher.feeds()[0]).toMatchObject({ inferredEnds: 1 })
})
