/** Stage query: the read-only function and the HTTP API before it, which asks for signed requests (but see feed.ts). */
import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  type HttpRouteIntegration,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
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

/** A route of the API that another function answers. */
export interface RouteName {
  readonly method: HttpMethod
  readonly path: string
}
export interface RouteProps extends RouteName {
  readonly integration: HttpRouteIntegration
  /** By default the caller must sign. */
  readonly authorizer?: IHttpRouteAuthorizer
  readonly requestsPerSecond: number
  readonly requestsAtOnce: number
}

export class Query extends Construct {
  /** Address of the API, without a slash at its end. */
  readonly url: string
  private readonly api: HttpApi
  private readonly stage: HttpStage
  private readonly routeSettings: { [key: string]: object } = {}

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
        MINUTES_TABLE: record.minutes.access(['BatchGetItem', 'Query']),
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
  /** Adds a route that another function answers, with limits and figures of its own. */
  addRoute({ method, path, requestsPerSecond, requestsAtOnce, ...props }: RouteProps): HttpRoute {
    const [route] = this.api.addRoutes({ path, methods: [method], ...props })
    if (route === undefined) throw new Error(`The API has no route ${path}`)
    // A stage can only have settings for a route that is there.
    this.stage.node.addDependency(route)
    const stage = this.stage.node.defaultChild
    if (!(stage instanceof CfnStage)) throw new Error('The stage of the API is not made as the CDK made it')
    this.routeSettings[`${method} ${path}`] = {
      ThrottlingRateLimit: requestsPerSecond,
      ThrottlingBurstLimit: requestsAtOnce,
      DetailedMetricsEnabled: true,
    }
    stage.routeSettings = this.routeSettings
    return route
  }

  /** How many requests of such a route were answered with `4xx` or `5xx`. */
  answered(status: '4xx' | '5xx', { method, path }: RouteName): Metric {
    return new Metric({
      namespace: 'AWS/ApiGateway',
      metricName: status,
      dimensionsMap: { ApiId: this.api.apiId, Stage: this.stage.stageName, Method: method, Resource: path },
      period: alarmPeriod,
      statistic: 'Sum',
    })
  }
}
