/** A queue message, whoever sent it, as a batch: of a watcher, of the webhook, or what the rule of AWS IoT Core puts there. */
import { type DecodedBatch, decodeBatch } from '../../codec/batch.ts'
import { batchSchemaVersion, type ReceivedBatch } from '../../domain/batch.ts'
import { awsIot } from '../../domain/dialects/aws-iot.ts'
import { awsIotEnvelope, AwsIotEnvelopeSchema, pushReport } from '../../domain/push.ts'
import { ownClient, type Settings } from '../../domain/settings.ts'
import { harmless } from '../../domain/text.ts'
import { instant } from '../../domain/time.ts'

export type Unpacked =
  | Extract<DecodedBatch, { ok: true }>
  | { readonly ok: false; readonly reason: string; readonly detail: string }

/** Who ships what the rule brings, and the name of its feed. */
const ruleName = 'aws-iot-rule'

/** Unpacks a message whatever it holds; never throws. No batch begins with a brace. */
export async function unpack(message: { id: string; body: string }, clusters: Settings['clusters']): Promise<Unpacked> {
  return message.body.startsWith('{') ? presenceOf(message, clusters) : decodeBatch(message.body)
}

function presenceOf({ id, body }: { id: string; body: string }, clusters: Settings['clusters']): Unpacked {
  const parsed = AwsIotEnvelopeSchema.safeParse(parseJson(body))
  if (!parsed.success) return { ok: false, reason: 'not_an_envelope', detail: 'JSON, but not of the AWS IoT rule' }
  const {
    [awsIotEnvelope.cluster]: name,
    [awsIotEnvelope.topic]: topic,
    [awsIotEnvelope.receivedAtMs]: receivedAt,
    ...payload
  } = parsed.data
  if (!clusters.some((cluster) => cluster.name === name && cluster.awsIotRule === true)) {
    return { ok: false, reason: 'unknown_cluster', detail: `no cluster ${harmless(name, 64)} has "awsIotRule": true` }
  }
  const message = { topic, payload: JSON.stringify(payload), retain: false, receivedAt, ordinal: 0, repeat: 0 }
  const reading = awsIot.read(message, { cluster: name, broker: awsIot.name, isOwn: ownClient({ clusters }) })
  if (reading.kind !== 'events') {
    const detail = reading.kind === 'rejection' ? `${reading.reason}: ${reading.detail}` : reading.kind
    return { ok: false, reason: 'unreadable_event', detail }
  }
  const batch: ReceivedBatch = {
    schema: batchSchemaVersion,
    id: id.slice(0, 64),
    watcher: ruleName,
    sentAt: instant(receivedAt),
    events: [...reading.events],
    samples: [],
    gaps: [],
    feeds: [pushReport({ cluster: name, feed: ruleName, atMs: receivedAt })],
  }
  return { ok: true, batch }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
