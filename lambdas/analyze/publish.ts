/** An alert's newest transition → SNS: text for people first, the same as JSON for machines after it. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { Alert } from '../../domain/alert.ts'
import { notificationOf } from '../../domain/notification.ts'

export type Publish = (alert: Alert) => Promise<void>

/** `pageUrl`: where people open the page, for the link. */
export function publishTo(
  client: SNSClient,
  to: { readonly topicArn: string; readonly pageUrl?: string | undefined },
): Publish {
  return async (alert) => {
    const { subject, body, attributes } = notificationOf(alert, to.pageUrl)
    await client.send(
      new PublishCommand({
        TopicArn: to.topicArn,
        Subject: subject,
        Message: body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
        ),
      }),
    )
  }
}
