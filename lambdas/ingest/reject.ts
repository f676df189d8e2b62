/** What can never be stored goes to the dead-letter queue with its reason, so that it is neither lost nor retried. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'

export interface Rejected {
  /** Of a closed set: a fault of the batch's form, or `invalid_event`, `invalid_sample`. */
  readonly reason: string
  readonly detail: string
  /** The message as it came, or the part of it that could not be stored. */
  readonly body: string
}
export type Reject = (rejected: Rejected) => Promise<void>

/** SQS takes 1 MiB in all; a longer body is cut, which its attribute `cut` then says. */
const maxBodyCharacters = 200_000

export function rejectTo(client: SQSClient, queueUrl: string): Reject {
  return async ({ reason, detail, body }) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body.slice(0, maxBodyCharacters) || '-',
        MessageAttributes: {
          reason: attribute(reason),
          detail: attribute(detail.slice(0, 500)),
          cut: attribute(String(body.length > maxBodyCharacters)),
        },
      }),
    )
  }
}

function attribute(value: string) {
  return { DataType: 'String', StringValue: value || '-' }
}
