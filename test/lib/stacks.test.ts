/** What the stack promises of its tables, queues, functions and grants, whatever they are called. */
import { describe, expect, test } from 'vitest'
import { environments, type Step } from '../../lambdas/env.ts'
import { keys } from '../../store/keys.ts'
import { synthesized } from './synthesized.ts'
import { allowances, type Properties, resourcesOf, statementsOf, written } from './template.ts'

const template = synthesized()
const functions = resourcesOf(template, 'AWS::Lambda::Function')
const queues = resourcesOf(template, 'AWS::SQS::Queue')
const topics = resourcesOf(template, 'AWS::SNS::Topic')
const schedules = resourcesOf(template, 'AWS::Scheduler::Schedule')

function functionOf(step: Step): Properties {
  const found = functions.find(({ id }) => id.toLowerCase().startsWith(step))
  if (found === undefined) throw new Error(`no function for ${step}`)
  return found.properties
}
const roleOf = (step: Step) => `<${functionOf(step)['Role']['Fn::GetAtt'][0]}>`
const thoseWhoMay = (action: string) => allowances(template).filter((it) => it.action === action)

describe('record', () => {
  const tables = resourcesOf(template, 'AWS::DynamoDB::Table')
  test.each(tables)('$id outlives the stack, is restorable to any second, forgets by TTL, costs by use', (table) => {
    expect(table.resource['DeletionPolicy']).toBe('Retain')
    expect(table.properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'expiresAt' },
    })
  })
  test('the keys and indexes are those that the store names, with whole items in the indexes', () => {
    const shape = tables.map(({ properties }) => [
      properties['KeySchema'].map((key: Properties) => key['AttributeName']),
      (properties['GlobalSecondaryIndexes'] ?? []).map((index: Properties) => ({
        index: index['IndexName'],
        partition: index['KeySchema'][0].AttributeName,
        sort: index['KeySchema'][1].AttributeName,
        whole: index['Projection'].ProjectionType === 'ALL',
      })),
    ])
    const whole = true
    expect(shape).toEqual([
      [[keys.events.partition, keys.events.sort], [{ ...keys.eventsByBroker, whole }]],
      [[keys.samples.partition, keys.samples.sort], []],
      [[keys.minutes.partition, keys.minutes.sort], []],
      [[keys.state.partition, keys.state.sort], []],
      [
        [keys.alerts.partition, keys.alerts.sort],
        [
          { ...keys.alertsByStatus, whole },
          { ...keys.alertsByTime, whole },
        ],
      ],
    ])
  })
})

describe('queues and topics', () => {
  const redrives = queues.flatMap(({ properties }) => properties['RedrivePolicy']?.deadLetterTargetArn ?? [])
  const missed = schedules.map(({ properties }) => properties['Target'].DeadLetterConfig.Arn)
  const deadLetters = new Set([...redrives, ...missed].map(written))
  const batches = queues.filter(({ id }) => !deadLetters.has(`<${id}.Arn>`))

  test('every queue has a dead-letter queue or is one', () => {
    expect(batches.map(({ properties }) => properties['RedrivePolicy'])).toEqual([expect.anything()])
    expect(deadLetters.size).toBe(queues.length - 1)
  })
  test('batches wait six times the function’s time before they are tried again, at most five times', () => {
    expect(batches.map(({ properties }) => properties)).toMatchObject([
      { VisibilityTimeout: 6 * functionOf('ingest')['Timeout'], RedrivePolicy: { maxReceiveCount: 5 } },
    ])
  })
  test('every queue and topic refuses what comes without TLS, and every queue is encrypted', () => {
    expect(queues.filter(({ properties }) => properties['SqsManagedSseEnabled'] !== true)).toEqual([])
    const refusing = statementsOf(template, 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy')
      .filter((it) => it['Effect'] === 'Deny' && it['Condition'].Bool['aws:SecureTransport'] === 'false')
      .map((it) => written(it['Resource']).replace('.Arn', ''))
    expect(new Set(refusing)).toEqual(new Set([...queues, ...topics].map(({ id }) => `<${id}>`)))
  })
  test('the addresses of the configuration are subscribed to every topic', () => {
    const told = resourcesOf(template, 'AWS::SNS::Subscription').map(({ properties: it }) => [
      written(it['TopicArn']),
      it['Protocol'],
      it['Endpoint'],
    ])
    expect(new Set(told)).toEqual(new Set(topics.map(({ id }) => [`<${id}>`, 'email', 'ops@plant.example'])))
  })
})

describe('functions', () => {
  test.each(functions)('$id runs Node 24 on ARM from our bundle, with JSON logs and traces', ({ properties }) => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON' },
      TracingConfig: { Mode: 'Active' },
    })
  })
  test.each(['ingest', 'analyze', 'query', 'operate', 'feed'] as const)(
    '%s gets exactly the environment its schema asks for',
    (step) => {
      const variables: Properties = functionOf(step)['Environment'].Variables
      const texts = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, written(value)]))
      expect(environments[step].parse(texts)).toEqual(texts)
      expect(texts).toHaveProperty('SETTINGS_FILE', 'keepwatch.json')
    },
  )
  test('no log is kept forever', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup')
    expect(groups.filter(({ properties }) => !(properties['RetentionInDays'] > 0))).toEqual([])
  })
  test('of a batch of messages only those that failed come again', () => {
    const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(({ properties }) => properties)
    expect(mappings).toMatchObject([{ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] }])
  })
  test('the analysis is started every minute, and a run that failed is not repeated', () => {
    expect(schedules.map(({ properties }) => properties['ScheduleExpression'])).toEqual(['rate(1 minute)'])
    expect(functionOf('analyze')['Timeout']).toBeLessThan(60)
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 })
  })
  test('each route of the API asks for a signature, but that whose function asks for a token', () => {
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ properties }) => properties)
    expect(routes.filter(({ RouteKey }) => RouteKey !== 'POST /v1/feeds/{cluster}')).toMatchObject(
      ['GET', 'POST', 'DELETE'].map((method) => ({ RouteKey: `${method} /v1/{proxy+}`, AuthorizationType: 'AWS_IAM' })),
    )
  })
})

describe('grants', () => {
  /** Actions that allow no narrower resource. */
  const forNoResource = ['ecr:GetAuthorizationToken', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments']

  test('none has a wildcard, but for actions that know no resource and the ends of secrets’ ARNs', () => {
    const wild = allowances(template).filter(
      ({ action, resource }) =>
        /[*?]/.test(action + resource) &&
        !(resource === '*' && forNoResource.includes(action)) &&
        !(action === 'secretsmanager:GetSecretValue' && /^[^*?]+-\?{6}$/.test(resource)),
    )
    expect(wild).toEqual([])
  })
  test('none comes from a managed policy or one inside a role', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role')
    expect(roles.filter(({ properties: it }) => it['ManagedPolicyArns'] ?? it['Policies'])).toEqual([])
  })
  test('the query function only reads', () => {
    const ofQuery = allowances(template).filter((it) => it.role === roleOf('query') && !/^(logs|xray):/.test(it.action))
    expect(new Set(ofQuery.map(({ action }) => action))).toEqual(
      new Set(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query']),
    )
  })
  test('the operate function changes alerts and the state, and reads no event', () => {
    const granted = allowances(template)
      .filter((it) => it.role === roleOf('operate') && !/^(logs|xray):/.test(it.action))
      .map(({ action, resource }) => `${action} ${resource.replace(/Table.*/, '')}`)
    expect(granted.toSorted()).toEqual([
      'dynamodb:DeleteItem <RecordState',
      'dynamodb:PutItem <RecordState',
      'dynamodb:Query <RecordState',
      'dynamodb:UpdateItem <RecordAlerts',
    ])
  })
  test('only the analysis publishes, only ingest writes events', () => {
    expect(thoseWhoMay('sns:Publish').map(({ role }) => role)).toEqual([roleOf('analyze')])
    const events = thoseWhoMay('dynamodb:BatchWriteItem').filter(({ resource }) => resource.includes('Events'))
    expect(events.map(({ role }) => role)).toEqual([roleOf('ingest')])
  })
  test('each watcher reads exactly the secrets that the configuration’s feeds name, each once', () => {
    const tasks = resourcesOf(template, 'AWS::ECS::TaskDefinition').map(({ properties: it }) => it['TaskRoleArn'])
    const read = tasks.map((role) =>
      allowances(template)
        .filter((it) => `<${it.role.slice(1, -1)}.Arn>` === written(role) && it.action.startsWith('secretsmanager:'))
        .map(({ action, resource }) => [action, resource.split(':secret:')[1]]),
    )
    const named = ['plant/api', 'plant/other', 'plant/watcher'].map((name) => [
      'secretsmanager:GetSecretValue',
      `${name}-??????`,
    ])
    expect(read).toEqual([named, named])
  })
})
