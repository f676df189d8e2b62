/** Stage query: the read-only function and the HTTP API before it, which asks for signed requests (but see feed.ts). */
import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { keys } from '../store/keys.ts'
import { plain } from './access.ts'
import { settingsFile, type Sources } from './bundle.ts'
import { alarmPeriod, type Operations } from './operations.ts'
import type { Record } from './record.ts'
import { StepFunction } from './step-function.ts'

// Who asked for what and what became of it. Not the query string: it holds client ids.
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTime',
    caller: '$context.identity.userArn',
    address: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    bytes: '$context.responseLength',
    elapsedMs: '$context.responseLatency',
    error: '$context.error.message',
  }),
)

export interface QueryProps {
  readonly sources: Sources
  readonly record: Record
  readonly operations: Operations
}

export class Query extends Construct {
  /** Address of the API, without a slash at its end. */
  readonly url: string
  /** The API itself, for a stage that adds a route to it. */
  readonly api: HttpApi
  readonly stage: HttpStage

  constructor(scope: Construct, id: string, { sources, record, operations }: QueryProps) {
    super(scope, id)
    const step = new StepFunction(this, 'Step', {
      sources,
      step: 'query',
      description: 'Keepwatch: answers questions about the record',
      memoryMiB: 512,
      timeoutSeconds: 15,
      uses: {
        SETTINGS_FILE: plain(settingsFile),
        EVENTS_TABLE: record.events.access(['Query'], keys.eventsByBroker),
        MINUTES_TABLE: record.minutes.access(['Query']),
        STATE_TABLE: record.state.access(['GetItem', 'Query']),
        ALERTS_TABLE: record.alerts.access(['GetItem'], keys.alertsByStatus, keys.alertsByTime),
      },
    })
    this.api = new HttpApi(this, 'Api', {
      description: 'Keepwatch: the record',
      defaultAuthorizer: new HttpIamAuthorizer(),
      createDefaultStage: false,
    })
    this.api.addRoutes({
      path: '/v1/{proxy+}',
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('Step', step.function),
    })
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 50, burstLimit: 100 },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: accessLogFormat },
    })
    this.url = this.api.apiEndpoint
    operations.alarm(this, {
      name: 'query-errors',
      means: 'The API keeps answering with server errors.',
      metric: this.api.metricServerError({ period: alarmPeriod, statistic: 'Sum' }),
      threshold: 1,
      periods: 5,
      breaches: 3,
    })
  }
}
