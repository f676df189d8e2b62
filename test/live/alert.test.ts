import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeBatch } from '../../codec/batch.ts'
import { type Batch, batchSchemaVersion, type FeedReport } from '../../domain/batch.ts'
import { machineSeparator } from '../../domain/notification.ts'
import { instant, minuteMs, startOfMinute } from '../../domain/time.ts'
import type { PublishedNotification } from '../../local/notifications.ts'
import { startSystem, type System } from '../../local/system.ts'
import { draftOf } from '../events.ts'
import { createCleanup, removeFolder, until } from '../watcher/stage.ts'

const cleanup = createCleanup()
const told: PublishedNotification[] = []
const minute0 = startOfMinute(Date.now()) - 20 * minuteMs
const at = (minutes: number) => instant(minute0 + minutes * minuteMs)
let system: System

/** The assembly without its watcher: the test sends the batches. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-test-'))
  cleanup.defer(() => removeFolder(folder))
  const settingsFile = join(folder, 'keepwatch.json')
  const feeds = [{ broker: 'b1', url: 'mqtt://127.0.0.1:1' }]
  writeFileSync(settingsFile, JSON.stringify({ clusters: [{ name: 'plant', dialect: 'mosquitto', feeds }] }))
  system = await startSystem({
    settingsFile,
    dataFolder: join(folder, 'data'),
    assemblyFolder: join(folder, 'assembly'),
    port: 0,
    watch: false,
    firstScheduleAfterMs: 3_600_000,
  })
  cleanup.defer(async () => system.stop())
  system.onNotification((notification) => void told.push(notification))
}, 180_000)
afterAll(async () => cleanup.run(), 60_000)

async function send(batch: Partial<Batch>): Promise<void> {
  const queue = system.plan.queues.find((each) => /batches/i.test(each.name))
  const whole = {
    schema: batchSchemaVersion,
    id: 'x',
    watcher: 'a',
    sentAt: at(20),
    events: [],
    samples: [],
    gaps: [],
    feeds: [],
  } as const
  const MessageBody = encodeBatch({ ...whole, events: [], samples: [], gaps: [], feeds: [], ...batch })
  await system.administrator.sqs.send(new SendMessageCommand({ QueueUrl: queue?.url, MessageBody }))
}

async function get(path: string): Promise<any> {
  return (await fetch(`${system.url}${path}`)).json()
}

const report = (untilMinute: number): FeedReport => ({
  cluster: 'plant',
  feed: 'b1',
  brokers: ['b1'],
  state: 'up',
  since: at(0),
  seenFrom: at(0),
  seenUntil: at(untilMinute),
  rejected: {},
  rejectionSamples: [],
})

describe('from the queue to people, through the synthesized assembly', () => {
  it('40 of 100 clients drop in one minute: one alert is published, readable, with JSON and attributes', async () => {
    const samples = Array.from({ length: 6 }, (_, n) => ({
      cluster: 'plant',
      broker: 'b1',
      name: 'connected' as const,
      at: at(n + 1),
      value: 101,
    }))
    const events = Array.from({ length: 40 }, (_, n) =>
      draftOf({ clientId: `pump-${n}`, atMs: minute0 + 3 * minuteMs + n }),
    )
    await send({ events, samples, feeds: [report(6)] })
    await until('the batch to be stored', async () => {
      const { events: stored } = await get('/v1/clients/events?clientId=pump-39')
      return stored.length === 1
    })
    await until('coverage', async () => (await get('/v1/coverage')).feeds.length === 1)
    expect(await system.runSchedules()).toBe(true)
    const dropped = () => told.filter(({ attributes }) => attributes['kind'] === 'disconnect_rate')
    await until('the notification', () => dropped().length > 0)
    const [notification, ...others] = dropped()
    expect(others).toEqual([])
    const [text = '', json = ''] = notification?.message.split(`${machineSeparator}\n`) ?? []
    expect(notification?.subject).toBe('[Keepwatch] ALERT critical: clients dropping on b1 (plant)')
    expect(text).toContain('40 connections to b1 (100 clients) dropped within a minute')
    expect(JSON.parse(json).alert).toMatchObject({ kind: 'disconnect_rate', openedAt: at(4), observed: 40 })
    expect(notification?.attributes).toMatchObject({ kind: 'disconnect_rate', severity: 'critical', status: 'opened' })
    // What came after was not seen, which is no calm, and after five minutes an alert of its own.
    const open = (await get('/v1/alerts?status=open')).alerts
    expect(open.map(({ kind, openedAt }: any) => [kind, openedAt])).toEqual(
      expect.arrayContaining([
        ['disconnect_rate', at(4)],
        ['watcher_blind', at(11)],
      ]),
    )
    expect(open).toHaveLength(2)
  })

  it('an event that comes late corrects its minute', async () => {
    const before = (await get('/v1/clusters/plant/brokers/b1/minutes')).minutes.find(
      (each: any) => each.minute === at(1),
    )
    await send({ events: [draftOf({ atMs: Date.parse(at(1)) })], feeds: [report(12)] })
    const path = `/v1/clusters/plant/brokers/b1/minutes?from=${at(1)}&to=${at(2)}`
    await until('the corrected minute', async () => {
      await system.runSchedules()
      return (await get(path)).minutes[0]?.abnormal === 1
    })
    expect(before.abnormal).toBe(0)
  })

  it('an end that two watchers concluded, each at its own time, is stored once', async () => {
    const end = {
      clientId: 'unseen',
      origin: 'inferred' as const,
      sessionKey: undefined,
      connectedAtMs: Date.parse(at(1)),
    }
    const path = '/v1/clients/events?clientId=unseen'
    await send({ events: [draftOf({ ...end, atMs: Date.parse(at(2)) })] })
    await until('the first of them', async () => (await get(path)).events.length === 1)
    const witness = draftOf({ clientId: 'witness', atMs: Date.parse(at(2)) })
    await send({ watcher: 'b', events: [draftOf({ ...end, atMs: Date.parse(at(2)) + 3000 }), witness] })
    await until('what came with the second', async () => {
      return (await get('/v1/clients/events?clientId=witness')).events.length === 1
    })
    expect((await get(path)).events.map((event: any) => event.at)).toEqual([at(2)])
  })

  it('an operator acts with the token, and a page of another origin does not', async () => {
    const [{ id }] = (await get('/v1/alerts?kind=watcher_blind')).alerts
    type Answered = { status: number; body: any }
    const ask = async (method: string, path: string, body?: object, headers = {}): Promise<Answered> => {
      const json = body === undefined ? {} : { 'content-type': 'application/json' }
      const sent = { ...json, authorization: `Bearer ${system.token}`, ...headers }
      const text = body === undefined ? {} : { body: JSON.stringify(body) }
      const answer = await fetch(`${system.url}${path}`, { method, headers: sent, ...text })
      return { status: answer.status, body: await answer.json() }
    }
    const path = `/v1/alerts/${id}/acknowledge`
    expect((await ask('POST', path, {}, { authorization: 'Bearer guess' })).status).toBe(401)
    expect((await ask('POST', path, {}, { origin: 'http://evil.example' })).status).toBe(403)
    expect((await ask('DELETE', '/v1/silences/plant.x', undefined, { origin: 'http://evil.example' })).status).toBe(403)
    const acknowledged = await ask('POST', path, { note: 'on my way' })
    expect([acknowledged.status, acknowledged.body.acknowledgement.by]).toEqual([200, 'local'])
    await ask('POST', `/v1/alerts/${id}/verify`, { verdict: 'true' })
    const asked = { cluster: 'plant', kind: 'watcher_blind', minutes: 10, comment: 'tested' }
    const { body: silence } = await ask('POST', '/v1/silences', asked)
    expect(await get('/v1/silences')).toEqual({ silences: [silence] })
    expect((await ask('DELETE', `/v1/silences/${silence.id}`)).status).toBe(200)
    expect(await system.runSchedules()).toBe(true)
    const seen = await get(`/v1/alerts/${id}`)
    expect([seen.acknowledgement.note, seen.verification.verdict]).toEqual(['on my way', 'true'])
  })

  it('every grant of the functions is used, but those that only a failure needs', async () => {
    const alert = (await get('/v1/alerts')).alerts[0]
    expect((await get(`/v1/alerts/${alert.id}`)).id).toBe(alert.id)
    await get('/v1/brokers')
    await get('/v1/clusters/plant/brokers/b1/events')
    await get('/v1/clients?clientId=pump-1')
    await get('/v1/health')
    const unused = system.unusedGrants().map(({ action, resource }) => `${action} ${resource.replace(/^.*[:/]/, '')}`)
    const onlyFailures = [
      // The event source is granted them by the CDK; Lambda's poller uses them when a function is throttled.
      /^sqs:(ChangeMessageVisibility|GetQueueUrl) Keepwatch-IngestBatches/,
      // Rejected messages, and schedules that could not run.
      /^sqs:SendMessage Keepwatch-(IngestRejected|AnalyzeMissedRuns)/,
      // A client's own history is asked for where an alert speaks of one client.
      /^dynamodb:Query Keepwatch-RecordEvents/,
      // Minutes of the other brokers, where events that came late change the cluster's minute.
      /^dynamodb:BatchGetItem Keepwatch-RecordMinutes/,
      // The watcher's, which this test stands in for.
      /^sqs:SendMessage Keepwatch-IngestBatches/,
    ]
    expect(unused.filter((grant) => !onlyFailures.some((each) => each.test(grant)))).toEqual([])
  })
})
