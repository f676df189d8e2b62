/** Stage analyze: the function that judges every minute, the schedule that starts it, and the topic of the alerts. */
/* oxlint-disable no-new -- a construct attaches itself to its scope */
import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Alias } from 'aws-cdk-lib/aws-kms'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { keys } from '../store/keys.ts'
import { granted, plain } from './access.ts'
import { settingsFile, type Sources } from './bundle.ts'
import { alarmPeriod, type Operations } from './operations.ts'
import type { Record } from './record.ts'
import { StepFunction } from './step-function.ts'

export interface AnalyzeProps {
  readonly sources: Sources
  readonly record: Record
  readonly operations: Operations
}

export class Analyze extends Construct {
  readonly alerts: Topic

  constructor(scope: Construct, id: string, { sources, record, operations }: AnalyzeProps) {
    super(scope, id)
    // Every principal of the account that may publish may use this key; nothing but our function may publish.
    this.alerts = new Topic(this, 'AlertsTopic', {
      displayName: 'Keepwatch alerts',
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
    })
    for (const email of sources.configuration.settings.notify.emails) {
      this.alerts.addSubscription(new EmailSubscription(email))
    }
    const step = new StepFunction(this, 'Step', {
      sources,
      step: 'analyze',
      description: 'Keepwatch: derives and judges each completed minute, moves and publishes alerts',
      memoryMiB: 512,
      // Ends before the next begins. No reserved concurrency: a new account has none to give, and the version of the
      // cluster's state already refuses the second of two runs.
      timeoutSeconds: 55,
      uses: {
        SETTINGS_FILE: plain(settingsFile),
        EVENTS_TABLE: record.events.access(['Query'], keys.eventsByBroker),
        SAMPLES_TABLE: record.samples.access(['Query']),
        MINUTES_TABLE: record.minutes.access(['BatchGetItem', 'BatchWriteItem', 'GetItem', 'Query']),
        STATE_TABLE: record.state.access(['DeleteItem', 'GetItem', 'PutItem', 'Query']),
        ALERTS_TABLE: record.alerts.access(['BatchGetItem', 'UpdateItem']),
        ALERTS_TOPIC_ARN: granted(this.alerts.topicArn, {
          actions: ['sns:Publish'],
          resources: [this.alerts.topicArn],
        }),
      },
    })
    const missedRuns = this.everyMinute(step.function)
    const { function: analyze } = step
    operations.alarm(this, {
      name: 'missed-runs',
      means: 'The scheduler could not start the analysis.',
      metric: missedRuns.metricApproximateNumberOfMessagesVisible({ period: alarmPeriod, statistic: 'Maximum' }),
      threshold: 1,
      periods: 1,
    })
    operations.alarm(this, {
      name: 'analyze-errors',
      means: 'The analysis keeps failing: minutes stay unjudged and alerts unpublished.',
      metric: analyze.metricErrors({ period: alarmPeriod }),
      threshold: 1,
      periods: 5,
      breaches: 3,
    })
    operations.alarm(this, {
      name: 'analyze-not-run',
      means: 'The analysis has not run for five minutes.',
      metric: analyze.metricInvocations({ period: alarmPeriod }),
      threshold: 1,
      below: true,
      periods: 5,
      silenceBreaches: true,
    })
  }
  /** Starts the function each minute; gives the queue of the starts that failed. */
  private everyMinute(step: IFunction): Queue {
    const missedRuns = new Queue(this, 'MissedRuns', { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true })
    Validations.of(missedRuns).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue of the schedule',
    })
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } }
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }),
    })
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [step.functionArn] }))
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [missedRuns.queueArn] }))
    const target = new LambdaInvoke(step, {
      retryAttempts: 2,
      maxEventAge: Duration.minutes(1),
      deadLetterQueue: missedRuns,
      // Left to itself the target would allow every version of the function.
      role: role.withoutPolicyUpdates(),
    })
    // A run that failed is not worth repeating: the next one, a minute later, does its work too.
    step.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) })
    new Schedule(this, 'EveryMinute', {
      description: 'Keepwatch: starts the analysis',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      target,
    })
    return missedRuns
  }
}
