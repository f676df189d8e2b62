/** The queue as the shipper sees it: one message at a time into SQS, with an outcome that says whether to try again. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

export type SendOutcome =
  | { readonly kind: 'sent' }
  /** It may work later. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The queue will never take this message. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Sends one body. Never rejects. */
export type Send = (body: string) => Promise<SendOutcome>

const refusals = new Set(['InvalidMessageContents', 'InvalidParameterValue', 'UnsupportedOperation'])

/** Sends to an SQS queue, as the SDK's environment says where. */
export function sqsQueue(
  queueUrl: string,
  client = new SQSClient({ requestHandler: { connectionTimeout: 5000, requestTimeout: 15_000 } }),
): Send {
  return async (body) => {
    try {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }))
      return { kind: 'sent' }
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown fault'
      const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
      return { kind: refusals.has(name) ? 'refused' : 'unreachable', reason: `${name}${code}` }
    }
  }
}
