import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { replay } from '../../cli/replay.ts'
import { createReader } from '../../cli/replay/reader.ts'
import { createRemarks } from '../../cli/replay/remarks.ts'
import { instant, minuteMs, secondMs } from '../../domain/time.ts'
import { writeEvents } from '../../store/events.ts'
import { writeMinutes } from '../../store/minutes.ts'
import { writeBroker } from '../../store/state.ts'
import { eventOf } from '../events.ts'
import { createCleanup, until } from '../watcher/stage.ts'
import { hostile, run, serve, type Served } from './asked-stage.ts'
import { beginMs, incident } from './replay-stage.ts'
import { runOn } from './terminal.ts'

const cleanup = createCleanup()
const folder = mkdtempSync(join(tmpdir(), 'keepwatch-export-'))
const nowMs = beginMs + 400 * minuteMs
const span = ['--from', instant(beginMs), '--to', instant(nowMs)]
const retention = { nowMs, days: 1 }
let served: Served

beforeAll(async () => {
  served = await serve({ nowMs: () => nowMs })
  cleanup.defer(served.stop)
  const { tables } = served
  for (const broker of ['b1', 'b2'])
    await writeBroker(tables.state, { cluster: 'plant', broker, at: instant(nowMs) }, nowMs)
  const dropped = Array.from({ length: 1200 }, (_, n) =>
    eventOf({
      broker: n < 100 ? 'b1' : 'b2',
      clientId: n === 0 ? hostile : `c${n}`,
      at: instant(beginMs + n * secondMs),
    }),
  )
  const formula = eventOf({ broker: 'b1', clientId: '=cmd()', at: instant(beginMs) })
  await writeEvents(tables.events, [...dropped, formula], retention)
  const read = createReader(createRemarks(() => undefined))
  await writeMinutes(
    tables.minutes,
    incident().flatMap((each) => read(each, 1)?.minute ?? []),
    retention,
  )
})
beforeEach(() => {
  served.cut = () => false
})
afterAll(async () => {
  await cleanup.run()
  rmSync(folder, { recursive: true })
})

const exported = async (...args: string[]) => run({}, 'export', ...args, '--url', served.url)
const rows = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): { id: string; clientId: string } => JSON.parse(line))
const contentOf = (file: string) => readFileSync(file, 'utf8')

test('events of every broker and page are written once each, and the file appears when all is there', async () => {
  const file = join(folder, 'all.jsonl')
  expect(await exported('events', ...span, '--output', file)).toMatchObject({ code: 0, out: '' })
  const all = rows(contentOf(file))
  expect(new Set(all.map(({ id }) => id)).size).toBe(1201)
  expect(all).toHaveLength(1201)
  expect(all.map(({ clientId }) => clientId)).toContain(hostile)
  expect([existsSync(`${file}.partial`), existsSync(`${file}.resume`)]).toEqual([false, false])
})

test('CSV has its columns once, and no client’s name is taken for a formula', async () => {
  const { out } = await exported('events', ...span, '--format', 'csv')
  expect(out.match(/^ordinal,|,ordinal,/gm)).toHaveLength(1)
  expect(out).toContain(",'=cmd(),")
  expect(out.split('\r\n')).toHaveLength(1203)
})

test('a connection that breaks is tried again, and nothing is written twice', async () => {
  let cuts = 0
  served.cut = (path) => path.includes('cursor=') && (cuts += 1) === 1
  const { code, out, err } = await exported('events', ...span)
  expect({ code, rows: rows(out).length }).toEqual({ code: 0, rows: 1201 })
  expect(err).toContain('Trying again')
})

test('what Ctrl-C interrupts is gone on with by --resume, and comes out the same', async () => {
  const file = join(folder, 'interrupted.csv')
  served.cut = (path) => path.includes('cursor=')
  const entry = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
  const child = spawn(process.execPath, [entry, 'export', 'events', ...span, '--output', file, '--url', served.url])
  cleanup.defer(() => void child.kill('SIGKILL'))
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  await until('it tries again', () => err.includes('Trying again'))
  child.kill('SIGINT')
  expect(await ended).toBe(1)
  expect(err).toContain(`keepwatch export --output ${file} --resume events`)
  expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, true])

  served.cut = () => false
  expect(await exported('events', '--output', file, '--resume', '--broker', 'b1')).toMatchObject({ code: 2 })
  expect(await exported('events', '--output', file, '--resume')).toMatchObject({ code: 0 })
  const whole = await exported('events', ...span, '--format', 'csv')
  expect(contentOf(file)).toBe(whole.out)
  expect(await exported('events', '--output', file, '--resume')).toMatchObject({ code: 1 })
})

test('a replay of exported minutes gives the alerts that a replay of the store gives', async () => {
  const file = join(folder, 'minutes.jsonl')
  expect(await exported('minutes', ...span, '--output', file)).toMatchObject({ code: 0 })
  const fromFile = await runOn(replay, [file, '--json'])
  const fromStore = await runOn(replay, ['--from-store', ...span, '--json', '--url', served.url])
  expect(fromFile).toEqual(fromStore)
  expect(fromFile.out).toContain('disconnect_rate')
  expect(fromFile.err).toBe('')
})

test('what there is none of is an empty file and exit code 3; a wrong line is 2', async () => {
  expect(await exported('silences')).toMatchObject({ code: 3, out: '' })
  expect(await exported('alerts', '--format', 'csv')).toMatchObject({
    code: 3,
    out: expect.stringMatching(/^id,kind,/),
  })
  expect(await exported('events', '--resume')).toMatchObject({ code: 2 })
  expect(await exported('everything')).toMatchObject({ code: 2 })
})
