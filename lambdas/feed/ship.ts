/** Events of a webhook → the queue: cut into messages that it takes, with the report of the feed they came by. */
import { randomUUID } from 'node:crypto'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { encodeBatch } from '../../codec/batch.ts'
import { batchSchemaVersion, type FeedReport } from '../../domain/batch.ts'
import type { EventDraft } from '../../domain/event.ts'
import { instant } from '../../domain/time.ts'

/** Who ships, and the name of the feed of every cluster's webhook. */
export const webhookName = 'webhook'

/** What the queue takes at most. */
const maxBodyBytes = 256 * 1024

/** Sends one body to the queue; rejects where it did not take it. */
export type Send = (body: string) => Promise<void>

/**
 * Sends events and the feed's report, if any, in one message where they fit into one. Rejects when the queue did not take all:
 * the sender then sends all again, and what is stored twice is stored once.
 */
export async function ship(
  events: readonly EventDraft[],
  report: FeedReport | undefined,
  { send, nowMs }: { readonly send: Send; readonly nowMs: number },
): Promise<void> {
  if (events.length === 0 && report === undefined) return
  const body = encodeBatch({
    schema: batchSchemaVersion,
    id: randomUUID(),
    watcher: webhookName,
    sentAt: instant(nowMs),
    events: [...events],
    samples: [],
    gaps: [],
    feeds: report === undefined ? [] : [report],
  })
  // One event alone always fits: the body that it came in was bounded, and what UTF-8 leaves of bytes packs smaller.
  if (body.length <= maxBodyBytes || events.length <= 1) return send(body)
  const half = Math.ceil(events.length / 2)
  await ship(events.slice(0, half), report, { send, nowMs })
  await ship(events.slice(half), report, { send, nowMs })
}

/** Sends to an SQS queue, as the SDK's environment says where. Brokers wait five seconds for an answer, some less. */
export function sqsQueue(
  queueUrl: string,
  client = new SQSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
  }),
): Send {
  return async (body) => {
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }))
  }
}
