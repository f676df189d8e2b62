/** What the rule of AWS IoT Core puts into the queue becomes events and coverage; what nobody put there is rejected. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awsIotEnvelope } from '../../domain/push.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant } from '../../domain/time.ts'
import { ingest } from '../../lambdas/ingest/ingest.ts'
import { feedsOf } from '../../store/coverage.ts'
import { clientEvents } from '../../store/events.ts'
import { startTables } from '../tables.ts'

const nowMs = Date.parse('2026-11-22T10:00:30Z')
const checked = checkSettings({ clusters: [{ name: 'things', dialect: 'aws-iot', awsIotRule: true }] })
if (!checked.ok) throw new Error('the settings of this test are wrong')
const { settings } = checked
let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

/** A presence event as AWS documents it, in what the rule puts around it. */
function envelope(event: 'connected' | 'disconnected', changes: object = {}): string {
  const payload = {
    clientId: 'thing/7',
    timestamp: nowMs - 2000 + (event === 'connected' ? 0 : 500),
    eventType: event,
    sessionIdentifier: '00000000-0000-0000-0000-000000000001',
    principalIdentifier: '12345678901234567890123456789012',
    versionNumber: 3,
    ...(event === 'connected'
      ? { ipAddress: '192.0.2.7' }
      : { clientInitiatedDisconnect: false, disconnectReason: 'MQTT_KEEP_ALIVE_TIMEOUT' }),
  }
  const ours = {
    [awsIotEnvelope.cluster]: 'things',
    [awsIotEnvelope.topic]: `$aws/events/presence/${event}/thing/7`,
    [awsIotEnvelope.receivedAtMs]: nowMs - 1000,
  }
  return JSON.stringify({ ...payload, ...ours, ...changes })
}

async function deliver(...bodies: string[]): Promise<string[]> {
  const reasons: string[] = []
  const failed = await ingest(
    bodies.map((body, n) => ({ id: `m${n}`, body })),
    {
      tables: engine.tables,
      settings,
      reject: async ({ reason }) => void reasons.push(reason),
      log: { warn: () => {}, error: () => {} },
      nowMs,
    },
  )
  expect(failed).toEqual([])
  return reasons
}

describe('a message of the AWS IoT rule', () => {
  it('is stored once, duplicated and out of order as AWS may deliver it, and covers its cluster', async () => {
    const bodies = [envelope('disconnected'), envelope('connected'), envelope('connected'), envelope('disconnected')]
    expect(await deliver(...bodies)).toEqual([])
    const span = { from: instant(nowMs - 60_000), to: instant(nowMs), limit: 10 }
    const page = await clientEvents(engine.tables.events, { cluster: 'things', client: 'thing/7', ...span })
    const told = page.entries.map(({ value }) => [value.type, value.cause, value.peer, value.broker])
    expect(told).toEqual([
      ['disconnected', 'keepalive_timeout', undefined, 'aws-iot'],
      ['connected', undefined, '192.0.2.7', 'aws-iot'],
    ])
    const [feed] = await feedsOf(engine.tables.state, 'things')
    expect([feed?.report.pushed, feed?.seenUntil]).toEqual([true, instant(nowMs - 1000)])
  })
  it('goes to the dead-letter queue with its reason where it is not one, or of a cluster that has no rule', async () => {
    expect(await deliver('{"a":1}', '{', envelope('connected', { [awsIotEnvelope.cluster]: 'another' }))).toEqual([
      'not_an_envelope',
      'not_an_envelope',
      'unknown_cluster',
    ])
    expect(await deliver(envelope('connected', { timestamp: 'yesterday', clientId: 5 }))).toEqual(['unreadable_event'])
  })
})
