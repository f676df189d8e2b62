/** Stage operate: the function that does what operators ask for, behind the routes of the API that act. */
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { plain } from './access.ts'
import { settingsFile, type Sources } from './bundle.ts'
import { alarmPeriod, type Operations } from './operations.ts'
import type { Query } from './query.ts'
import type { Record } from './record.ts'
import { StepFunction } from './step-function.ts'

/** People act, and scripts for them. */
const limits = { path: '/v1/{proxy+}', requestsPerSecond: 20, requestsAtOnce: 100 } as const
const post = { ...limits, method: HttpMethod.POST } as const
const remove = { ...limits, method: HttpMethod.DELETE } as const

export interface OperateProps {
  readonly sources: Sources
  readonly query: Query
  readonly record: Record
  readonly operations: Operations
}

export class Operate extends Construct {
  constructor(scope: Construct, id: string, { sources, query, record, operations }: OperateProps) {
    super(scope, id)
    const { function: operate } = new StepFunction(this, 'Step', {
      sources,
      step: 'operate',
      description: 'Keepwatch: acknowledges and verifies alerts, makes and removes silences',
      memoryMiB: 256,
      timeoutSeconds: 15,
      uses: {
        SETTINGS_FILE: plain(settingsFile),
        STATE_TABLE: record.state.access(['DeleteItem', 'PutItem', 'Query']),
        ALERTS_TABLE: record.alerts.access(['UpdateItem']),
      },
    })
    const integration = new HttpLambdaIntegration('Operate', operate)
    query.addRoute({ ...post, integration })
    query.addRoute({ ...remove, integration })
    operations.alarm(this, {
      name: 'operate-errors',
      means: 'Acknowledgements, verifications or silences keep being answered with server errors.',
      metric: new MathExpression({
        expression: 'FILL(post, 0) + FILL(remove, 0)',
        usingMetrics: { post: query.answered('5xx', post), remove: query.answered('5xx', remove) },
        period: alarmPeriod,
      }),
      threshold: 1,
      periods: 5,
      breaches: 3,
    })
  }
}
