/** AWS SDK clients that speak to the gateway and read nothing of this machine's AWS configuration. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { Credentials, Gateway } from './gateway.ts'
import { place } from './template.ts'

export interface Clients {
  readonly dynamodb: DynamoDBClient
  readonly sqs: SQSClient
  readonly sns: SNSClient
  readonly destroy: () => void
}

/** Clients of one caller. */
export function clientsOf(gateway: Pick<Gateway, 'url'>, credentials: Credentials): Clients {
  const settings = { endpoint: gateway.url, region: place.region, credentials }
  const clients = {
    dynamodb: new DynamoDBClient(settings),
    // The queue's URL already leads to the gateway.
    sqs: new SQSClient(settings),
    sns: new SNSClient(settings),
  }
  return {
    ...clients,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}
