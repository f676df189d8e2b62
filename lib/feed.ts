/** Stage feed: the function that takes events over HTTP, under a route of the API that asks for no signature. */
import { Validations } from 'aws-cdk-lib'
import { HttpMethod, HttpNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Construct } from 'constructs'
import type { Access } from './access.ts'
import { settingsFile, type Sources } from './bundle.ts'
import type { Operations } from './operations.ts'
import type { Query } from './query.ts'
import { readingSecrets } from './secrets.ts'
import { StepFunction } from './step-function.ts'

/**
 * A broker whose clients all come back sends one request for each; what is over this gets 429 and comes again later.
 * Nobody who has no token can cost more than this.
 */
const route = {
  method: HttpMethod.POST,
  path: '/v1/feeds/{cluster}',
  requestsPerSecond: 200,
  requestsAtOnce: 500,
} as const

export interface FeedProps {
  readonly sources: Sources
  readonly query: Query
  /** The queue that takes the batches. */
  readonly batches: Access
  readonly operations: Operations
}

export class Feed extends Construct {
  constructor(scope: Construct, id: string, { sources, query, batches, operations }: FeedProps) {
    super(scope, id)
    const { clusters } = sources.configuration.settings
    const { function: feed } = new StepFunction(this, 'Step', {
      sources,
      step: 'feed',
      description: 'Keepwatch: takes events that brokers send',
      memoryMiB: 256,
      timeoutSeconds: 15,
      uses: {
        // The configuration names the secrets.
        SETTINGS_FILE: {
          value: settingsFile,
          statements: readingSecrets(
            this,
            clusters.map(({ webhook }) => webhook?.secret),
          ),
        },
        BATCHES_QUEUE_URL: batches,
      },
    })
    const webhook = query.addRoute({
      ...route,
      integration: new HttpLambdaIntegration('Feed', feed),
      authorizer: new HttpNoneAuthorizer(),
    })
    Validations.of(webhook).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'Brokers cannot sign requests for AWS: the function asks for a token or an HMAC of the cluster itself',
    })
    operations.alarm(this, {
      name: 'feed-errors',
      means: 'Events that brokers send keep being answered with server errors.',
      metric: query.answered('5xx', route),
      threshold: 1,
      periods: 5,
      breaches: 3,
    })
    operations.alarm(this, {
      name: 'feed-refused',
      means: 'Many requests to the webhook are refused: a wrong token, unreadable events, or too many at once.',
      metric: query.answered('4xx', route),
      threshold: 60,
      periods: 5,
      breaches: 3,
    })
  }
}
