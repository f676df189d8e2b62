import { describe, expect, it } from 'vitest'
import { covers, decide, grantsOf, PolicySchema } from '../../local/iam.ts'

const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/events'
const policy = (...statements: object[]) =>
  PolicySchema.parse({ Version: '2012-10-17', Statement: statements }).Statement
const allow = (action: string | string[], resource: string | string[], more: object = {}) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...more,
})

describe('a call held against policies', () => {
  const rows: [claim: string, statements: object[], action: string, resource: string, allowed: boolean][] = [
    ['nothing is allowed without a statement', [], 'dynamodb:GetItem', table, false],
    ['the very action and resource are allowed', [allow('dynamodb:GetItem', table)], 'dynamodb:GetItem', table, true],
    ['another action is not', [allow('dynamodb:GetItem', table)], 'dynamodb:PutItem', table, false],
    ['another table is not', [allow('dynamodb:GetItem', table)], 'dynamodb:GetItem', `${table}2`, false],
    ['actions know no case', [allow('DynamoDB:getitem', table)], 'dynamodb:GetItem', table, true],
    ['ARNs do', [allow('dynamodb:GetItem', table.replace('events', 'Events'))], 'dynamodb:GetItem', table, false],
    ['* covers any rest of an action', [allow('dynamodb:Batch*', table)], 'dynamodb:BatchGetItem', table, true],
    [
      'a table does not cover its index',
      [allow('dynamodb:Query', table)],
      'dynamodb:Query',
      `${table}/index/byBroker`,
      false,
    ],
    [
      'table/index/* does',
      [allow('dynamodb:Query', `${table}/index/*`)],
      'dynamodb:Query',
      `${table}/index/byBroker`,
      true,
    ],
    ['? covers one character', [allow('s:Get', 'arn:s:name-??????')], 's:Get', 'arn:s:name-local0', true],
    ['? does not cover two', [allow('s:Get', 'arn:s:name-?')], 's:Get', 'arn:s:name-ab', false],
    ['a dot in a pattern is only a dot', [allow('s:Get', 'arn:a.b')], 's:Get', 'arn:axb', false],
    ['lists are alternatives', [allow(['a:One', 'a:Two'], ['x', table])], 'a:Two', table, true],
    [
      'a Deny wins whatever allows',
      [allow('*', '*'), { Effect: 'Deny', Action: 'a:One', Resource: '*' }],
      'a:One',
      table,
      false,
    ],
    [
      'a Deny of other things does not matter',
      [allow('*', '*'), { Effect: 'Deny', Action: 'a:Two', Resource: '*' }],
      'a:One',
      table,
      true,
    ],
    ['NotAction allows all the others', [{ Effect: 'Allow', NotAction: 'a:Two', Resource: '*' }], 'a:One', table, true],
    ['NotAction does not allow its own', [{ Effect: 'Allow', NotAction: 'a:*', Resource: '*' }], 'a:One', table, false],
    [
      'a harmless condition is met',
      [allow('a:One', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })],
      'a:One',
      table,
      true,
    ],
    [
      'an unknown condition allows nothing',
      [allow('a:One', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/x': 'y' } } })],
      'a:One',
      table,
      false,
    ],
  ]
  it.each(rows)('%s', (_claim, statements, action, resource, allowed) => {
    expect(decide(policy(...statements), { action, resource }).allowed).toBe(allowed)
  })

  it('an allowed call names the grants as the policy writes them', () => {
    const decision = decide(policy(allow(['dynamodb:*', 'sqs:*'], ['*'])), {
      action: 'dynamodb:GetItem',
      resource: table,
    })
    expect(decision).toEqual({ allowed: true, grants: [{ action: 'dynamodb:*', resource: '*' }] })
  })

  it('a refusal for an unknown condition names it', () => {
    const statements = policy(allow('a:One', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/x': 'y' } } }))
    expect(decide(statements, { action: 'a:One', resource: '*' })).toMatchObject({
      reason: expect.stringContaining('aws:PrincipalTag/x'),
    })
  })
})

it('the grants of a policy are its pairs of allowed action and resource', () => {
  const statements = policy(allow(['a:One', 'a:Two'], ['x', 'y']), { Effect: 'Deny', Action: '*', Resource: 'z' })
  expect(grantsOf(statements)).toHaveLength(4)
  expect(grantsOf(statements)).toContainEqual({ action: 'a:Two', resource: 'x' })
})

it('a pattern covers across line breaks and takes no other character as special', () => {
  expect(covers('a*z', 'a\n+z')).toBe(true)
  expect(covers('a+z', 'aaz')).toBe(false)
})
