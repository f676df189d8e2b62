/** The stack, which reads like the picture: brokers → watch → ingest → record ← query, and analyze every minute. */
/* oxlint-disable no-new -- a construct attaches itself to its scope */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Analyze } from './analyze.ts'
import type { Sources } from './bundle.ts'
import { Ingest } from './ingest.ts'
import { Operations } from './operations.ts'
import { Query } from './query.ts'
import { Record } from './record.ts'
import { Watch } from './watch.ts'

export interface KeepwatchStackProps extends StackProps {
  readonly sources: Sources
}

export class KeepwatchStack extends Stack {
  constructor(scope: Construct, id: string, { sources, ...props }: KeepwatchStackProps) {
    super(scope, id, props)
    const { emails } = sources.configuration.settings.notify
    const operations = new Operations(this, 'Operations', { emails })
    const record = new Record(this, 'Record')
    const ingest = new Ingest(this, 'Ingest', { sources, record, operations })
    new Watch(this, 'Watch', { sources, batches: ingest.shipping(), operations })
    const analyze = new Analyze(this, 'Analyze', { sources, record, operations })
    const query = new Query(this, 'Query', { sources, record, operations })

    new CfnOutput(this, 'ApiUrl', { value: query.url, description: 'Address of the HTTP API; requests must be signed' })
    new CfnOutput(this, 'AlertsTopicArn', { value: analyze.alerts.topicArn, description: 'Alerts are published here' })
  }
}
