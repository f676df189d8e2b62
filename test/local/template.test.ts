import { describe, expect, it } from 'vitest'
import type { Assembly } from '../../local/assembly.ts'
import { scopesOf } from '../../local/physical.ts'
import { evaluate, type Scope, TemplateError, TemplateSchema } from '../../local/template.ts'

const addresses = { gateway: 'http://127.0.0.1:4000', api: 'http://127.0.0.1:4680' }
const record = TemplateSchema.parse({
  Resources: {
    Events: { Type: 'AWS::DynamoDB::Table' },
    Named: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'chosen' } },
    Batches: { Type: 'AWS::SQS::Queue' },
    Alerts: { Type: 'AWS::SNS::Topic' },
  },
  Parameters: { Stage: { Type: 'String', Default: 'prod' } },
  Outputs: {
    Shared: { Value: { 'Fn::GetAtt': ['Batches', 'Arn'] }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Arn' } } },
  },
})
const assembly: Assembly = {
  stacks: [
    { name: 'Record', template: record },
    { name: 'Watch', template: TemplateSchema.parse({ Resources: {} }) },
  ],
  assets: new Map(),
}
const scope = (stack: string): Scope => scopesOf(assembly, addresses).get(stack) as Scope

describe('intrinsics', () => {
  const rows: [claim: string, value: unknown, expected: unknown][] = [
    ['a table’s Ref is its name', { Ref: 'Events' }, 'Record-Events'],
    ['a name the template chooses is kept', { Ref: 'Named' }, 'chosen'],
    ['a queue’s Ref is a URL at the gateway', { Ref: 'Batches' }, 'http://127.0.0.1:4000/000000000000/Record-Batches'],
    ['a topic’s Ref is its ARN', { Ref: 'Alerts' }, 'arn:aws:sns:us-east-1:000000000000:Record-Alerts'],
    ['a parameter’s Ref is its default', { Ref: 'Stage' }, 'prod'],
    [
      'GetAtt as a list',
      { 'Fn::GetAtt': ['Events', 'Arn'] },
      'arn:aws:dynamodb:us-east-1:000000000000:table/Record-Events',
    ],
    ['GetAtt as text', { 'Fn::GetAtt': 'Batches.QueueName' }, 'Record-Batches'],
    ['Join evaluates its parts', { 'Fn::Join': ['/', [{ Ref: 'Events' }, 'index', '*']] }, 'Record-Events/index/*'],
    [
      'Sub knows resources, attributes and pseudo parameters',
      { 'Fn::Sub': '${AWS::Region}-${Events}-${Alerts.TopicName}' },
      'us-east-1-Record-Events-Record-Alerts',
    ],
    [
      'Sub prefers its own variables',
      { 'Fn::Sub': ['${Events}/${x}', { Events: 'mine', x: { Ref: 'Stage' } }] },
      'mine/prod',
    ],
    ['Sub leaves literals', { 'Fn::Sub': '${!Events}' }, '${Events}'],
    ['Split and Select undo Join', { 'Fn::Select': [2, { 'Fn::Split': [':', { Ref: 'Alerts' }] }] }, 'sns'],
    [
      'NoValue removes its member',
      { a: 1, b: { Ref: 'AWS::NoValue' }, c: [{ Ref: 'AWS::NoValue' }, 2] },
      { a: 1, c: [2] },
    ],
    ['what is no intrinsic stays', { Ref: 'Events', other: true }, { Ref: 'Events', other: true }],
  ]
  it.each(rows)('%s', (_claim, value, expected) => {
    expect(evaluate(value, scope('Record'))).toEqual(expected)
  })

  it('an import finds what another stack exports', () => {
    const imported = evaluate({ 'Fn::ImportValue': 'Record:Arn' }, scope('Watch'))
    expect(imported).toBe('arn:aws:sqs:us-east-1:000000000000:Record-Batches')
  })

  it.each([
    ['a Ref to nothing', { Ref: 'Nobody' }, /Ref to Nobody/],
    ['an attribute of nothing', { 'Fn::GetAtt': ['Nobody', 'Arn'] }, /Nobody\.Arn/],
    ['an intrinsic it does not know', { 'Fn::Cidr': ['10.0.0.0/8', 1] }, /Fn::Cidr is not known/],
    ['an import nobody exports', { 'Fn::ImportValue': 'no' }, /no stack exports no/],
    ['a choice beyond the list', { 'Fn::Select': [5, ['a']] }, /not there/],
    ['joining what is no text', { 'Fn::Join': ['', [{ a: 1 }]] }, /needs text/],
  ])('%s is refused with stack and place', (_what, value, message) => {
    expect(() => evaluate(value, scope('Record'))).toThrow(TemplateError)
    expect(() => evaluate(value, scope('Record'))).toThrow(message)
    expect(() => evaluate(value, scope('Record'))).toThrow(/Stack Record/)
  })
})
