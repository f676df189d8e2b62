/** What a stack without feeds promises: no watchers, and a rule that brings the events of AWS IoT Core. */
import { describe, expect, test } from 'vitest'
import { AwsIotEnvelopeSchema, awsIotEnvelope } from '../../domain/push.ts'
import { synthesized } from './synthesized.ts'
import { allowances, resourcesOf, written } from './template.ts'

const template = synthesized({ clusters: [{ name: 'things', dialect: 'aws-iot', awsIotRule: true }] })
const rules = resourcesOf(template, 'AWS::IoT::TopicRule')
const rule = rules[0]?.properties['TopicRulePayload']
const queues = resourcesOf(template, 'AWS::SQS::Queue').map(({ id }) => id)
const queueCalled = (name: string) => queues.find((id) => id.includes(name))

describe('a configuration of which every event is pushed', () => {
  test('has no watcher, and no network or alarm for one', () => {
    for (const type of ['AWS::ECS::Service', 'AWS::ECS::TaskDefinition', 'AWS::EC2::VPC']) {
      template.resourceCountIs(type, 0)
    }
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties['AlarmName'])
    expect(alarms.filter((name) => name.includes('watcher'))).toEqual([])
  })
})

describe('the rule of a cluster', () => {
  test('takes all presence events as they are, with topic, time and cluster beside them', () => {
    expect(rules).toHaveLength(1)
    expect(rule['AwsIotSqlVersion']).toBe('2016-03-23')
    expect(rule['Sql']).toBe(
      "SELECT *, topic() AS keepwatchTopic, timestamp() AS keepwatchReceivedAtMs, 'things' AS keepwatchCluster " +
        "FROM '$aws/events/presence/#'",
    )
  })
  test('names what it adds as the schema of the envelope does', () => {
    const added = [...rule['Sql'].matchAll(/ AS (\w+)/g)].map((match) => match[1])
    expect(new Set(added)).toEqual(new Set(Object.values(awsIotEnvelope)))
    const message = {
      clientId: 'pump-17',
      eventType: 'connected',
      keepwatchTopic: '$aws/events/presence/connected/pump-17',
      keepwatchReceivedAtMs: 1_770_000_000_000,
      keepwatchCluster: 'things',
    }
    expect(AwsIotEnvelopeSchema.parse(message)).toEqual(message)
  })
  test('sends to the batches’ queue, and what that does not take to the dead-letter queue', () => {
    const target = (action: typeof rule) => [written(action.Sqs.QueueUrl), action.Sqs.UseBase64]
    expect(rule['Actions'].map(target)).toEqual([[`<${queueCalled('Batches')}>`, false]])
    expect(target(rule['ErrorAction'])).toEqual([`<${queueCalled('Rejected')}>`, false])
  })
  test('acts by a role that only AWS IoT of this account assumes and that may only send to these two', () => {
    const [id = ''] = rule['ErrorAction'].Sqs.RoleArn['Fn::GetAtt']
    expect(rule['Actions'][0].Sqs.RoleArn).toEqual(rule['ErrorAction'].Sqs.RoleArn)
    const role = resourcesOf(template, 'AWS::IAM::Role').find((it) => it.id === id)
    expect(role?.properties['AssumeRolePolicyDocument'].Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'iot.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ])
    const may = allowances(template).filter((it) => it.role === `<${id}>`)
    expect(may.map(({ action, resource }) => `${action} ${resource}`).toSorted()).toEqual(
      [queueCalled('Batches'), queueCalled('Rejected')].map((queue) => `sqs:SendMessage <${queue}.Arn>`),
    )
    expect(rules[0]?.resource['DependsOn']).toContain(id)
  })
})
