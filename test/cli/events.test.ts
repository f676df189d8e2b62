import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Event } from '../../domain/event.ts'
import { JoinedEventSchema } from '../../domain/session.ts'
import { instant, minuteMs, secondMs, startOfMinute } from '../../domain/time.ts'
import { writeFeed } from '../../store/coverage.ts'
import { writeEvents } from '../../store/events.ts'
import { writeBroker } from '../../store/state.ts'
import { eventOf } from '../events.ts'
import { createCleanup, until } from '../watcher/stage.ts'
import { endless, hostile, run, serve, type Served } from './asked-stage.ts'

const cleanup = createCleanup()
const nowMs = Date.now()
const t0 = startOfMinute(nowMs) - 60 * minuteMs
let served: Served

/** So many drops of a client, a second apart. */
const drops = (count: number, changes: Partial<Omit<Event, 'id'>> = {}) =>
  Array.from({ length: count }, (_, n) => eventOf({ at: instant(t0 + n * secondMs), ...changes }))

const store = async (...events: readonly Event[]) => writeEvents(served.tables.events, events, { nowMs, days: 1 })

beforeAll(async () => {
  served = await serve()
  cleanup.defer(served.stop)
  for (const broker of ['b1', 'b2']) {
    await writeBroker(served.tables.state, { cluster: 'plant', broker, at: instant(nowMs) }, nowMs)
  }
  await store(
    ...drops(1300, { broker: 'b2', clientId: 'busy' }),
    ...drops(3, { clientId: 'pump-17', peer: '10.1.2.3:1' }),
    ...drops(1, { clientId: 'pump-17', view: 'client', cause: 'network_reset', at: instant(t0 + 500) }),
    ...drops(1, { clientId: hostile }),
    ...drops(1, { clientId: endless }),
  )
})
afterAll(async () => cleanup.run())

const asked = async (...args: string[]) => run({}, 'events', '--url', served.url, ...args)
const lines = (text: string) => text.split('\n').filter((line) => line !== '')
const parsed = (text: string): Event[] => lines(text).map((line) => JoinedEventSchema.parse(JSON.parse(line)))

test('a client’s events come newest last, and both views can be told apart', async () => {
  const { code, out, err } = await asked('pump-17')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const told = lines(out).map((line) => /(broker|client) {2,}(network_\w+)/.exec(line)?.slice(1, 3).join(' '))
  expect(told).toEqual([
    undefined,
    'broker network_eof',
    'client network_reset',
    'broker network_eof',
    'broker network_eof',
  ])
})

test('filters are the API’s; what is not there is told, with exit code 3', async () => {
  expect(parsed((await asked('pump-17', '--view', 'client', '--json')).out)).toHaveLength(1)
  const from = await asked('--broker', 'b1', '--peer', '10.1.', '--cause', 'network_eof', '--json')
  expect(parsed(from.out).map(({ clientId }) => clientId)).toEqual(['pump-17', 'pump-17', 'pump-17'])
  const none = await asked('nobody', '--last', '1h')
  expect(none).toMatchObject({ code: 3, out: '', err: expect.stringContaining('nobody') })
})

test('more than a page is read, and what the limit leaves out is said', async () => {
  const all = parsed((await asked('--broker', 'b2', '--limit', '2000', '--json')).out)
  expect(all).toHaveLength(1300)
  expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted())
  const some = await asked('--broker', 'b2', '--limit', '1200', '--json')
  expect(parsed(some.out)).toEqual(all.slice(100))
  expect(some.err).toContain('newest 1200')
})

test.each([hostile, endless])('a client of any name is found, and JSON tells its name as it is', async (name) => {
  const id = name === endless ? 'sha256:' : name
  const [event] = parsed((await asked('--broker', 'b1', '--json')).out).filter(
    (each) => each.clientId === name || (name === endless && each.clientDigest !== undefined),
  )
  const known = event?.clientDigest ?? event?.clientId ?? ''
  expect(known.startsWith(id)).toBe(true)
  expect(parsed((await asked(known, '--json')).out)).toHaveLength(1)
  expect((await asked(known)).out).not.toContain('\u202e')
})

test.each([
  [[], 'CLIENT_ID is needed'],
  [['a', '--follow', '--to', 'now'], 'exclude each other'],
  [['a', '--limit', '0'], '--limit needs'],
  [['a', '--cause', 'keepalive'], 'keepalive_timeout'],
])('%j is a wrong command line', async (args, message) => {
  expect(await asked(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) })
})

test('a broker that is not there is told with those that are', async () => {
  expect(await asked('--broker', 'b3')).toMatchObject({ code: 1, err: expect.stringContaining('b1, b2') })
})

/** The broker's only watcher says that its link is down. */
async function goBlind(broker: string): Promise<void> {
  const [since, now] = [instant(Date.now() - 10 * minuteMs), instant(Date.now())]
  const report = { cluster: 'plant', feed: broker, brokers: [broker], since, problem: 'link lost', rejected: {} }
  await writeFeed(
    served.tables.state,
    {
      report: { ...report, state: 'down', rejectionSamples: [] },
      watcher: 'a',
      reportedAt: now,
      first: since,
      seenUntil: since,
    },
    undefined,
  )
}

/** The command as people start it, in a process of its own. */
function following(...args: string[]) {
  const entry = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
  const child = spawn(process.execPath, [entry, 'events', '--url', served.url, '--follow', '--json', ...args])
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  cleanup.defer(() => void child.kill('SIGKILL'))
  return {
    ids: () => lines(out).flatMap((line): string[] => JSON.parse(line).id ?? []),
    blind: () => lines(out).flatMap((line): object[] => JSON.parse(line).blind ?? []),
    err: () => err,
    interrupt: async () => {
      child.kill('SIGINT')
      return ended
    },
  }
}

test('--follow tells each event once, late ones too, over a restart of the API, until Ctrl-C', async () => {
  const recent = (ms: number) => eventOf({ broker: 'b1', clientId: 'new', at: instant(Date.now() - ms) })
  const before = [recent(300_000), recent(3000), recent(2000)]
  await store(...before)
  const follow = following('--broker', 'b1', '--last', '2m', '--limit', '1')
  await until('the newest is told', () => follow.ids().length > 0)
  expect(follow.ids()).toEqual([before[2]?.id])

  const first = recent(1000)
  await store(first)
  await until('a new one is told', () => follow.ids().includes(first.id))
  await served.close()
  await until('the trouble is told', () => follow.err().includes('Trying on'))
  const late = recent(200_000)
  await store(late, recent(0))
  await goBlind('b1')
  await served.open()
  await until('what came meanwhile is told', () => follow.ids().length === 4)
  expect(follow.ids()).toContain(late.id)
  expect(lines(follow.err())).toEqual([expect.stringContaining('Trying on'), 'The API answers again.'])
  await until('the blind time is told', () => follow.blind().length > 0)
  expect(follow.blind()).toEqual([{ cluster: 'plant', broker: 'b1', from: expect.any(String), reason: 'link lost' }])
  expect(await follow.interrupt()).toBe(0)
  expect(new Set(follow.ids()).size).toBe(follow.ids().length)
})
