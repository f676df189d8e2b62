import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Alert } from '../../domain/alert.ts'
import { AlertSchema } from '../../domain/alert.ts'
import { instant, minuteMs, startOfMinute } from '../../domain/time.ts'
import { writeAlert } from '../../store/alerts.ts'
import { writeEvents } from '../../store/events.ts'
import { writeMinutes } from '../../store/minutes.ts'
import { writeBroker } from '../../store/state.ts'
import { eventOf } from '../events.ts'
import { createCleanup, freePort } from '../watcher/stage.ts'
import { hostile, run, serve, type Served } from './asked-stage.ts'

const cleanup = createCleanup()
const nowMs = startOfMinute(Date.now()) + 30_000
const retention = { nowMs, days: 1 }
let served: Served

const minute = (broker: string, connected: number) => ({
  cluster: 'plant',
  broker,
  minute: instant(startOfMinute(nowMs) - 2 * minuteMs),
  coverage: 1,
  connects: 4,
  refused: 0,
  disconnects: { network_eof: 3 },
  abnormal: 3,
  connected,
  gauges: {},
  topClients: [{ clientId: hostile, disconnects: 3 }],
})

function alertOf(name: string, atMs: number): Alert {
  const figures = { severity: 'warning' as const, observed: 40, expected: 1, score: 20, summary: '40 dropped' }
  const at = instant(atMs)
  return {
    id: `plant.disconnect_rate.${name}.x`,
    kind: 'disconnect_rate',
    cluster: 'plant',
    broker: name,
    status: 'open',
    openedAt: at,
    updatedAt: at,
    ...figures,
    topCauses: [],
    topClients: [],
    transitions: [{ status: 'opened', at, why: 'began', ...figures }],
  }
}

beforeAll(async () => {
  served = await serve({ nowMs: () => nowMs })
  cleanup.defer(served.stop)
  const { tables } = served
  for (const broker of ['b1', 'b2'])
    await writeBroker(tables.state, { cluster: 'plant', broker, at: instant(nowMs) }, nowMs)
  await writeMinutes(tables.minutes, [minute('b1', 900), minute('b2', 100)], retention)
  await writeEvents(tables.events, [eventOf({ clientId: 'pump-17', at: instant(nowMs - 5 * minuteMs) })], retention)
  for (let n = 0; n < 3; n += 1) await writeAlert(tables.alerts, alertOf(`b${n}`, nowMs - n * minuteMs), retention)
})
afterAll(async () => cleanup.run())

const asked = async (name: string, ...args: string[]) => run({}, ...splitCommand(name), ...args, '--url', served.url)
const splitCommand = (name: string): [string, ...string[]] => {
  const [first = '', ...more] = name.split(' ')
  return [first, ...more]
}

test('brokers of all pages, the fullest first where asked so; JSON is one document', async () => {
  const { code, out } = await asked('brokers', '--sort', 'clients')
  expect(code).toBe(0)
  expect(
    out
      .split('\n')
      .slice(1, 3)
      .map((line) => line.split(' ')[0]),
  ).toEqual(['b1', 'b2'])
  expect(JSON.parse((await asked('brokers', '--json')).out).brokers).toHaveLength(2)
})

test('balance of the only cluster; one that is not there is said', async () => {
  expect((await asked('balance')).out).toContain('b1')
  expect(await asked('balance', 'nowhere')).toMatchObject({ code: 1, err: expect.stringContaining('no such cluster') })
})

test('a client: how it is and what tells more; one that is not there is 3, with how to find one', async () => {
  const { code, out } = await asked('clients', 'pump-17')
  expect(code).toBe(0)
  expect(out).toContain('disconnected on b1 (plant) since')
  expect(out).toContain('keepwatch explain --cluster plant pump-17')
  expect(await asked('clients', 'pump')).toMatchObject({ code: 3, err: expect.stringContaining('no search by a part') })
  expect(await asked('clients', 'pump-17', '--cluster', 'x')).toMatchObject({ code: 1 })
})

test('without a client, those that stood out are listed', async () => {
  const { out } = await asked('clients', '--broker', 'b1', '--last', '10m', '--json')
  expect(JSON.parse(out).clients).toMatchObject([{ clientId: hostile, disconnects: 3 }])
  expect((await asked('clients', '--broker', 'b1', '--last', '10m')).out).toContain('pump \\u{1b}')
})

test('alerts are listed, shown by a part of their id, acknowledged and verified', async () => {
  const list = await asked('alerts', '--status', 'open', '--json')
  expect(
    list.out
      .trim()
      .split('\n')
      .map((line) => AlertSchema.parse(JSON.parse(line)).broker),
  ).toEqual(['b0', 'b1', 'b2'])
  expect((await asked('alerts show', 'rate.b1')).out).toContain(
    'keepwatch alerts acknowledge plant.disconnect_rate.b1.x',
  )
  expect(await asked('alerts show', 'rate')).toMatchObject({ code: 2, err: expect.stringContaining('3 open alerts') })
  expect(await asked('alerts show', 'b9')).toMatchObject({ code: 3 })
  expect(await asked('alerts acknowledge', 'b1', '--note', 'on it')).toMatchObject({ code: 0, err: '' })
  const verified = await asked('alerts verify', 'plant.disconnect_rate.b1.x', 'benign', '--json')
  expect(JSON.parse(verified.out)).toMatchObject({
    acknowledgement: { note: 'on it' },
    verification: { verdict: 'benign' },
  })
  expect(await asked('alerts', '--kind', 'flapping')).toMatchObject({ code: 3, out: '' })
})

test('a silence is added, listed, removed', async () => {
  expect(await asked('silence list')).toMatchObject({ code: 3 })
  const added = await asked('silence add', '--for', '2h', '--client', hostile, '--comment', 'quiet', '--json')
  const { id, from, to } = JSON.parse(added.out)
  expect(Math.abs(Date.parse(to) - Date.parse(from) - 120 * minuteMs)).toBeLessThan(2 * minuteMs)
  expect((await asked('silence list')).out).toContain('pump \\u{1b}')
  expect(await asked('silence remove', id)).toMatchObject({ code: 0, err: '' })
  expect(await asked('silence remove', id)).toMatchObject({ code: 3 })
})

test.each([
  [['silence add', '--comment', 'x'], '--for or --until'],
  [['silence add', '--for', '2h'], '--comment is needed'],
  [['alerts verify', 'b1', 'maybe'], 'benign'],
  [['brokers', '--sort', 'colour'], 'worst'],
])('%j is a wrong command line', async ([name = '', ...args], message) => {
  expect(await asked(name, ...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) })
})

test('where nobody answers, it is said how to start it', async () => {
  const { code, err } = await run({}, 'brokers', '--url', `http://127.0.0.1:${await freePort()}`)
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('keepwatch start') })
})
