/** How operators learn that Keepwatch itself is not well: a topic of its own and the alarms that publish to it. */
import { Duration, Stack } from 'aws-cdk-lib'
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'

export interface RunbookAlarm {
  /** Heading in docs/runbook.md; with the stack's name before it, the alarm's name. */
  readonly name: string
  /** What is wrong when it rings, in one sentence. */
  readonly means: string
  readonly metric: IMetric
  /** Rings at or above this, or, with `below`, when under it. */
  readonly threshold: number
  readonly below?: boolean
  /** Rings when `breaches` of the last `periods` did. */
  readonly periods: number
  readonly breaches?: number
  /** No figure at all counts as a breach: for what must keep happening. */
  readonly silenceBreaches?: boolean
}

/** The granularity at which alarms look. */
export const alarmPeriod = Duration.minutes(1)

/** The operators' topic. Apart from that of the alerts, whose subscribers may filter or route by what an alert carries. */
export class Operations extends Construct {
  private readonly topic: Topic

  constructor(scope: Construct, id: string, props: { readonly emails: readonly string[] }) {
    super(scope, id)
    // Alarms cannot publish under the key that AWS manages for SNS; they carry names of metrics and no client's data,
    // so SNS's own encryption of disks is enough.
    this.topic = new Topic(this, 'Topic', { displayName: 'Keepwatch operations', enforceSSL: true })
    // The policy that demands TLS replaces the one by which SNS lets alarms of its account publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    for (const email of props.emails) this.topic.addSubscription(new EmailSubscription(email))
  }

  /** Adds an alarm below `scope`, the stage it watches over. */
  alarm(scope: Construct, { name, ...props }: RunbookAlarm): void {
    const alarm = new Alarm(scope, `Alarm-${name}`, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: `${props.means} Runbook: docs/runbook.md#${name}`,
      metric: props.metric,
      threshold: props.threshold,
      evaluationPeriods: props.periods,
      datapointsToAlarm: props.breaches ?? props.periods,
      comparisonOperator:
        props.below === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: props.silenceBreaches === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
    alarm.addOkAction(new SnsAction(this.topic))
  }
}
