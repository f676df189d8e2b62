/** A rule of AWS IoT Core that brings the presence events of this account's clients into the batches queue. */
/* oxlint-disable no-new -- a construct attaches itself to its scope */
import { Stack } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import { Construct } from 'constructs'
import { awsIotEnvelope } from '../domain/push.ts'
import type { Access } from './access.ts'

export interface AwsIotRuleProps {
  /** Name of the cluster that the events belong to. */
  readonly cluster: string
  /** The queue that takes the events. */
  readonly batches: Access
  /** The queue that takes what could not be put into the other. */
  readonly rejected: Access
}

export class AwsIotRule extends Construct {
  constructor(scope: Construct, id: string, { cluster, batches, rejected }: AwsIotRuleProps) {
    super(scope, id)
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } }
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('iot.amazonaws.com', { conditions }) })
    for (const statement of [...batches.statements, ...rejected.statements]) role.addToPolicy(statement)
    const into = (queue: Access): CfnTopicRule.ActionProperty => ({
      sqs: { queueUrl: queue.value, roleArn: role.roleArn, useBase64: false },
    })
    const rule = new CfnTopicRule(this, 'Rule', {
      topicRulePayload: {
        description: `AWS IoT presence events for cluster ${cluster}`,
        sql: presenceSql(cluster),
        awsIotSqlVersion: '2016-03-23',
        actions: [into(batches)],
        errorAction: into(rejected),
      },
    })
    // Its first events would be refused while the role may not yet send.
    rule.node.addDependency(role)
  }
}

/** The event's own members and ours beside them: `*` cannot be put inside an object. A cluster's name has no quotes. */
function presenceSql(cluster: string): string {
  const ours = [
    `topic() AS ${awsIotEnvelope.topic}`,
    `timestamp() AS ${awsIotEnvelope.receivedAtMs}`,
    `'${cluster}' AS ${awsIotEnvelope.cluster}`,
  ]
  return `SELECT *, ${ours.join(', ')} FROM '$aws/events/presence/#'`
}
