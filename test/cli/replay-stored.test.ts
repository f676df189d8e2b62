import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createReader } from '../../cli/replay/reader.ts'
import { createRemarks } from '../../cli/replay/remarks.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { writeMinutes } from '../../store/minutes.ts'
import { writeBroker } from '../../store/state.ts'
import { startTables } from '../tables.ts'
import { createCleanup } from '../watcher/stage.ts'
import { beginMs, createFolder, incident, jsonl, run, timeline } from './replay-stage.ts'

const folder = createFolder()
const cleanup = createCleanup()
const nowMs = beginMs + 1500 * minuteMs
const retention = { nowMs, days: 1 }
/** More minutes than a page holds, and a gap that the store does not know either. */
const lines = [
  ...incident(),
  ...timeline(1400, ['b1', 'b2'], (index, broker) =>
    index < 360 || (index >= 500 && index < 520) || (broker === 'b2' && index > 1300) ? null : undefined,
  ),
]
const asked: string[] = []
let url = ''

beforeAll(async () => {
  const { tables, stop } = await startTables()
  cleanup.defer(stop)
  const feeds = ['b1', 'b2'].map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const checked = checkSettings({ clusters: [{ name: 'plant', dialect: 'mosquitto', feeds }] })
  if (!checked.ok) throw new Error('wrong settings')
  const read = createReader(createRemarks(() => undefined))
  const minutes = lines.flatMap((each) => read(each, 1)?.minute ?? [])
  await writeMinutes(tables.minutes, minutes, retention)
  for (const broker of ['b1', 'b2']) {
    await writeBroker(tables.state, { cluster: 'plant', broker, at: instant(nowMs) }, nowMs)
  }
  const log = { error: () => undefined }
  const app = createQueryApp({ settings: checked.settings, tables, log, nowMs: () => nowMs })
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    void (async () => {
      const answer = await app.request(request.url ?? '')
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      response.end(await answer.text())
    })()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  cleanup.defer(async () => new Promise<void>((done) => server.close(() => done())))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(async () => {
  await cleanup.run()
  folder.remove()
})

const store = (...more: string[]) => ['--from-store', '--url', url, ...more]

test('what the system recorded gives the alerts that a file of the same minutes gives', async () => {
  const span = ['--from', '2026-11-02', '--to', '2026-11-03T07:00:00+01:00']
  const stored = await run(...store('--cluster', 'plant', ...span, '--json'))
  const file = await run(folder.write('same.jsonl', jsonl(lines)), '--json')
  expect(stored).toMatchObject({ code: 0, err: '', out: file.out })
  expect(file.told('disconnect_rate').at(0)).toBe('181 b1 opened')
  expect(file.told('watcher_blind')).toContain('505 * opened')
})

test('it asks forward in time, for at most a page of each broker at once', async () => {
  asked.length = 0
  await run(...store('--from', '2026-11-02', '--to', '2026-11-03'))
  const spans = asked.flatMap((path) => {
    const { pathname, searchParams } = new URL(path, url)
    return pathname.endsWith('/b1/minutes') ? [searchParams.get('from') ?? ''] : []
  })
  expect(spans.length).toBeGreaterThan(1)
  expect(spans).toEqual(spans.toSorted())
  const widest = asked.flatMap((path) => {
    const { searchParams } = new URL(path, url)
    return Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '') || []
  })
  expect(Math.max(...widest)).toBeLessThanOrEqual(1000 * minuteMs)
})

test('another configuration is tried on what was recorded', async () => {
  const config = folder.write('high.json', { detection: { disconnectRate: { minimumSurplus: 5000 } } })
  const { code, told } = await run(...store('--from', '2026-11-02', '--to', '2026-11-03', '--config', config, '--json'))
  expect(code).toBe(0)
  expect(told('disconnect_rate')).toEqual([])
})

test('a cluster that the system does not know is said, with exit code 2', async () => {
  const { code, err } = await run(...store('--cluster', 'nowhere'))
  expect(code).toBe(2)
  expect(err).toContain('no such cluster')
})
