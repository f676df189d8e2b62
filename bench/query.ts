/** The query API over records of 10 k to 1 M events: latency, items and capacity read, beside the engine reading as many. */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { QueryCommand } from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'
import { checkSettings } from '../domain/settings-check.ts'
import { dayMs, instant, minuteMs } from '../domain/time.ts'
import { createQueryApp } from '../lambdas/query/app.ts'
import { keys } from '../store/keys.ts'
import { type Item, type Table, text } from '../store/table.ts'
import type { TestTables } from '../test/tables.ts'
import { loadBeneath, makeTables, openTables } from './query/engine.ts'
import { type Cost, meterOf, quantile, timesOf } from './query/meter.ts'
import { bareClient, brokers, busyClient, cluster, growAlerts, growRecord, rareCause } from './query/record.ts'
import { printTable } from './table.ts'

const sizes = [10_000, 100_000, 1_000_000] as const
const warmups = 5
const runs = 50
const bareRuns = 20
const pageSize = 50

interface Measured extends Cost {
  readonly question: string
  readonly timesMs: readonly number[]
  readonly bareMs: number
}

export async function benchQuery(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { events: { type: 'string' } } })
  const most = Number(values.events ?? sizes.at(-1))
  const folder = await mkdtemp(join(tmpdir(), 'keepwatch-bench-'))
  await makeTables(folder)
  const nowMs = Date.now()
  const bySize: { size: number; measured: readonly Measured[] }[] = []
  let from = 0
  for (const to of sizes.filter((each) => each <= most)) {
    const startedMs = performance.now()
    const growth = { from, to, nowMs }
    const progress = (events: number) => {
      if (events % 100_000 === 0) process.stderr.write(`${events} of ${to} events\n`)
    }
    await loadBeneath(folder, async (tables) => growRecord(tables, growth, progress))
    const { tables, stop } = await openTables(folder)
    await growAlerts(tables, growth)
    process.stderr.write(`${to} events stored after ${Math.round((performance.now() - startedMs) / 1000)} s\n`)
    bySize.push({ size: to, measured: await measure(tables, nowMs) })
    await stop()
    from = to
  }
  await rm(folder, { recursive: true, force: true })
  print(bySize)
}

async function measure(tables: TestTables, nowMs: number): Promise<Measured[]> {
  const feeds = brokers.map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const checked = checkSettings({ clusters: [{ name: cluster, dialect: 'mosquitto', feeds }] })
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  const log = {
    error: (message: string, fields: object) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  }
  const app = createQueryApp({ settings: checked.settings, tables, log, nowMs: () => nowMs })
  const { take } = meterOf(tables.events.client)
  const ask = async (path: string): Promise<unknown> => {
    const answer = await app.request(path)
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`)
    return answer.json()
  }
  const measured: Measured[] = []
  for (const { question, path, page = 1 } of questionsOf(nowMs)) {
    const target = await pageOf(path, page, ask)
    for (let n = 0; n < warmups; n += 1) await ask(target)
    take()
    await ask(target)
    const cost = take()
    const timesMs = await timesOf(runs, async () => void (await ask(target)))
    const bare = await timesOf(bareRuns, async () => bareQuery(tables.events, cost.items))
    measured.push({ question, ...cost, timesMs, bareMs: quantile(bare, 0.5) })
  }
  return measured
}

function questionsOf(nowMs: number): { question: string; path: string; page?: number }[] {
  const client = `/v1/clients/events?clientId=${busyClient}&limit=${pageSize}`
  const whole = `/v1/clusters/${cluster}`
  const broker = `${whole}/brokers/b1`
  const day = `from=${instant(nowMs - dayMs)}&to=${instant(nowMs)}`
  const hour = `from=${instant(nowMs - 60 * minuteMs)}&to=${instant(nowMs)}`
  return [
    { question: `a client’s events, first ${pageSize}`, path: client },
    { question: 'the 20th page of them', path: client, page: 20 },
    { question: 'those of a rare cause', path: `${client}&cause=${rareCause}` },
    { question: `a broker’s events, first ${pageSize}`, path: `${broker}/events?limit=${pageSize}` },
    { question: 'the 20th page of them', path: `${broker}/events?limit=${pageSize}`, page: 20 },
    { question: 'those of a rare cause', path: `${broker}/events?limit=${pageSize}&cause=${rareCause}` },
    { question: 'a broker’s minutes, 1 h', path: `${broker}/minutes?${hour}` },
    { question: 'a broker’s minutes, 24 h by the hour', path: `${broker}/minutes?${day}&step=60` },
    { question: 'a cluster’s minutes, 24 h by the hour', path: `${whole}/minutes?${day}&step=60` },
    { question: 'brokers', path: '/v1/brokers' },
    { question: 'balance', path: `${whole}/balance` },
    { question: 'alerts', path: '/v1/alerts' },
    { question: 'clients that stood out, 1 h', path: `${whole}/clients?${hour}` },
    { question: 'a client, and why', path: `/v1/clients?clientId=${busyClient}` },
    { question: 'why: a broker, 1 h', path: `${broker}/diagnosis?${hour}` },
    { question: 'why: the cluster, 1 h', path: `${whole}/diagnosis?${hour}` },
    { question: 'ages of a broker’s sessions, 1 h', path: `${broker}/session-ages?${hour}` },
  ]
}

const NextSchema = z.object({ next: z.optional(z.string()) })

/** The path of the so manieth page, or of the last one before it. */
async function pageOf(path: string, page: number, ask: (path: string) => Promise<unknown>): Promise<string> {
  let at = path
  for (let n = 1; n < page; n += 1) {
    const { next } = NextSchema.parse(await ask(at))
    if (next === undefined) return at
    at = `${path}&cursor=${next}`
  }
  return at
}

/** The engine alone: as many items of one partition, and nothing made of them. */
async function bareQuery({ client, table }: Table, items: number): Promise<void> {
  let left = items
  let start: Item | undefined
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: '#p = :p',
        ExpressionAttributeNames: { '#p': keys.events.partition },
        ExpressionAttributeValues: { ':p': text(`${cluster}#${bareClient}`) },
        ScanIndexForward: false,
        Limit: Math.max(1, left),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    )
    left -= page.Items?.length ?? 0
    start = page.LastEvaluatedKey
  } while (left > 0 && start !== undefined)
}

function print(bySize: readonly { readonly size: number; readonly measured: readonly Measured[] }[]): void {
  const [first] = bySize
  if (first === undefined) return
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
  process.stdout.write(
    `${machine}; ${runs} requests each, one after the other, with the engine in the same process\n\n`,
  )
  const named = (size: number) => (size < 1_000_000 ? `${size / 1000} k` : `${size / 1_000_000} M`)
  const table = (tell: (measured: Measured) => string) =>
    printTable(
      first.measured.map(({ question }, row) => ({
        question,
        ...Object.fromEntries(
          bySize.map(({ size, measured }) => {
            const each = measured[row]
            return [`${named(size)} events`, each === undefined ? '' : tell(each)]
          }),
        ),
      })),
    )
  process.stdout.write('Latency p50 / p90 / p99 in ms, and in brackets a bare Query of as many items (p50)\n\n')
  table(({ timesMs, bareMs }) => {
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => Math.round(quantile(timesMs, share)))
    return `${p50} / ${p90} / ${p99} (${Math.round(bareMs)})`
  })
  process.stdout.write('\nItems looked at, requests to the engine, read capacity units\n\n')
  table(({ items, requests, capacity }) => `${items} · ${requests} · ${capacity}`)
}
