/** Stage feed: the function that takes events over HTTP, under a route of the API that asks for no signature. */
import { Validations } from 'aws-cdk-lib'
import { CfnStage, HttpMethod, HttpNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Access } from './access.ts'
import { settingsFile, type Sources } from './bundle.ts'
import { alarmPeriod, type Operations } from './operations.ts'
import type { Query } from './query.ts'
import { readingSecrets } from './secrets.ts'
import { StepFunction } from './step-function.ts'

const path = '/v1/feeds/{cluster}'

/**
 * Requests a second, and at once. A broker whose clients all come back sends one request for each; what is over this
 * gets 429 and comes again later. Nobody who has no token can cost more than this.
 */
const throttle = { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 500 }

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
    const [route] = query.api.addRoutes({
      path,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Feed', feed),
      authorizer: new HttpNoneAuthorizer(),
    })
    if (route === undefined) throw new Error(`The API has no route ${path}`)
    Validations.of(route).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'Brokers cannot sign requests for AWS: the function asks for a token or an HMAC of the cluster itself',
    })
    // A stage can only have settings for a route that is there.
    query.stage.node.addDependency(route)
    const stage = query.stage.node.defaultChild
    if (!(stage instanceof CfnStage)) throw new Error('The stage of the API is not made as the CDK made it')
    stage.routeSettings = { [`POST ${path}`]: { ...throttle, DetailedMetricsEnabled: true } }
    this.watchOver(query, operations)
  }

  private watchOver({ api, stage }: Query, operations: Operations): void {
    const figure = (metricName: string) =>
      new Metric({
        namespace: 'AWS/ApiGateway',
        metricName,
        dimensionsMap: { ApiId: api.apiId, Stage: stage.stageName, Method: 'POST', Resource: path },
        period: alarmPeriod,
        statistic: 'Sum',
      })
    operations.alarm(this, {
      name: 'feed-errors',
      means: 'Events that brokers send keep being answered with server errors.',
      metric: figure('5xx'),
      threshold: 1,
      periods: 5,
      breaches: 3,
    })
    operations.alarm(this, {
      name: 'feed-refused',
      means: 'Many requests to the webhook are refused: a wrong token, unreadable events, or too many at once.',
      metric: figure('4xx'),
      threshold: 60,
      periods: 5,
      breaches: 3,
    })
  }
}
