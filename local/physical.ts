/** The names, addresses and ARNs that a template's resources have on this machine. */
import type { Assembly, Stack } from './assembly.ts'
import { evaluate, place, type Scope, type TemplateResource } from './template.ts'

/** Where the services stand on this machine. */
export interface Addresses {
  /** Base URL of the gateway to AWS services, such as `http://127.0.0.1:40123`. */
  readonly gateway: string
  /** Base URL of the HTTP API. */
  readonly api: string
}

/** The property that names a resource of a type, if its template chooses a name. */
const nameProperties: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::IAM::Role': 'RoleName',
}

/** Name of a resource: the one its template chooses, else one that is the same at every start. */
export function physicalName(resource: TemplateResource, { stack, id }: { stack: string; id: string }): string {
  const property = nameProperties[resource.Type]
  const chosen = property === undefined ? undefined : resource.Properties[property]
  return typeof chosen === 'string' ? chosen : `${stack}-${id}`
}

/** ARN of a resource by its type and name; what is not emulated gets one that nothing answers to. */
export function arnOf(type: string, name: string): string {
  const { partition, region, account } = place
  switch (type) {
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return `arn:${partition}:dynamodb:${region}:${account}:table/${name}`
    case 'AWS::SQS::Queue':
      return `arn:${partition}:sqs:${region}:${account}:${name}`
    case 'AWS::SNS::Topic':
      return `arn:${partition}:sns:${region}:${account}:${name}`
    case 'AWS::Lambda::Function':
      return `arn:${partition}:lambda:${region}:${account}:function:${name}`
    case 'AWS::IAM::Role':
      return `arn:${partition}:iam::${account}:role/${name}`
    default:
      return `arn:${partition}:${(type.split('::')[1] ?? 'none').toLowerCase()}:${region}:${account}:${name}`
  }
}

/** Scopes of all stacks, by stack name, in which their templates can be evaluated. */
export function scopesOf(assembly: Assembly, addresses: Addresses): ReadonlyMap<string, Scope> {
  const scopes = new Map<string, Scope>()
  const importValue = (name: string) => {
    for (const stack of assembly.stacks) {
      const scope = scopes.get(stack.name)
      for (const output of Object.values(stack.template.Outputs)) {
        if (scope === undefined || output.Export === undefined) continue
        if (evaluate(output.Export.Name, scope) === name) return evaluate(output.Value, scope)
      }
    }
    return undefined
  }
  for (const stack of assembly.stacks) scopes.set(stack.name, { ...scopeOf(stack, addresses), importValue })
  return scopes
}

function scopeOf({ name: stack, template }: Stack, addresses: Addresses): Omit<Scope, 'importValue'> {
  const named = (id: string) => {
    const resource = template.Resources[id]
    return resource === undefined ? undefined : { type: resource.Type, name: physicalName(resource, { stack, id }) }
  }
  return {
    stack,
    ref: (id) => {
      const found = named(id)
      return found === undefined ? template.Parameters[id]?.Default : refOf(found, addresses)
    },
    attribute: (id, attribute) => {
      const found = named(id)
      return found === undefined ? undefined : attributeOf(found, attribute, addresses)
    },
  }
}

interface Named {
  readonly type: string
  readonly name: string
}

function refOf({ type, name }: Named, addresses: Addresses): string {
  if (type === 'AWS::SQS::Queue') return `${addresses.gateway}/${place.account}/${name}`
  const byArn = type === 'AWS::SNS::Topic' || type === 'AWS::ECS::TaskDefinition'
  return byArn ? arnOf(type, name) : name
}

function attributeOf({ type, name }: Named, attribute: string, addresses: Addresses): string {
  if (attribute === 'Arn' || attribute === 'TopicArn') return arnOf(type, name)
  if (attribute === 'ApiEndpoint') return addresses.api
  if (attribute === 'QueueName' || attribute === 'TopicName' || attribute === 'Name') return name
  if (attribute === 'QueueUrl') return refOf({ type, name }, addresses)
  return `${name}.${attribute}`
}
