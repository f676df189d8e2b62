/** The stack, which reads like the picture: brokers → watch → ingest → record ← query, operate; and analyze every minute. */
/* oxlint-disable no-new -- a construct attaches itself to its scope */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Analyze } from './analyze.ts'
import { AwsIotRule } from './aws-iot-rule.ts'
import type { Sources } from './bundle.ts'
import { Feed } from './feed.ts'
import { Ingest } from './ingest.ts'
import { Operate } from './operate.ts'
import { Operations } from './operations.ts'
import { Query } from './query.ts'
import { Record } from './record.ts'
import { slotsOf, Watch } from './watch.ts'

export interface KeepwatchStackProps extends StackProps {
  readonly sources: Sources
}

export class KeepwatchStack extends Stack {
  constructor(scope: Construct, id: string, { sources, ...props }: KeepwatchStackProps) {
    super(scope, id, props)
    const { settings } = sources.configuration
    const operations = new Operations(this, 'Operations', { emails: settings.notify.emails })
    const record = new Record(this, 'Record')
    const ingest = new Ingest(this, 'Ingest', { sources, record, operations })
    const batches = ingest.shipping()
    const slots = slotsOf(settings)
    if (slots.length > 0) new Watch(this, 'Watch', { sources, slots, batches, operations })
    for (const { name } of settings.clusters.filter(({ awsIotRule }) => awsIotRule === true)) {
      new AwsIotRule(this, `AwsIot-${name}`, { cluster: name, batches, rejected: ingest.rejecting() })
    }
    const analyze = new Analyze(this, 'Analyze', { sources, record, operations })
    const query = new Query(this, 'Query', { sources, record, operations })
    new Operate(this, 'Operate', { sources, query, record, operations })
    const isPushed = settings.clusters.some(({ webhook }) => webhook !== undefined)
    if (isPushed) new Feed(this, 'Feed', { sources, query, batches, operations })

    new CfnOutput(this, 'ApiUrl', { value: query.url, description: 'Address of the HTTP API; requests must be signed' })
    new CfnOutput(this, 'AlertsTopicArn', { value: analyze.alerts.topicArn, description: 'Alerts are published here' })
  }
}
