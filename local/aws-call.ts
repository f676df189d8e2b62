/** Reads a request to AWS: who asks, for what action, on which resources. */
import * as z from 'zod/mini'
import type { Call } from './iam.ts'
import { arnOf } from './physical.ts'
import { place } from './template.ts'

export type Service = 'dynamodb' | 'sqs' | 'sns' | 'secretsmanager'

export interface AwsCall {
  readonly service: Service
  readonly operation: string
  /** What IAM must allow; all of it. */
  readonly calls: readonly Call[]
  /** Name of the secret, where one is asked for. */
  readonly secretName: string | undefined
}

/** Access key id and service of a SigV4 `Authorization` header (AWS Signature Version 4, "Credential"). */
export function credentialOf(authorization: string | undefined): { accessKeyId: string; service: string } | undefined {
  const scope = /Credential=([^/\s,]+)\/\d{8}\/[^/\s,]+\/([^/\s,]+)\/aws4_request/.exec(authorization ?? '')
  return scope?.[1] === undefined || scope[2] === undefined ? undefined : { accessKeyId: scope[1], service: scope[2] }
}

const BodySchema = z.looseObject({
  TableName: z.optional(z.string()),
  IndexName: z.optional(z.string()),
  RequestItems: z.optional(z.record(z.string(), z.unknown())),
  QueueUrl: z.optional(z.string()),
  QueueName: z.optional(z.string()),
  TopicArn: z.optional(z.string()),
  TargetArn: z.optional(z.string()),
  ResourceArn: z.optional(z.string()),
  SecretId: z.optional(z.string()),
})
type Body = z.infer<typeof BodySchema>

const targets: readonly { readonly prefix: string; readonly service: Service }[] = [
  { prefix: 'DynamoDB_20120810.', service: 'dynamodb' },
  { prefix: 'AmazonSQS.', service: 'sqs' },
  { prefix: 'secretsmanager.', service: 'secretsmanager' },
]

/** Batch operations that IAM knows under the name of the single one. */
const singleActions: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  PublishBatch: 'Publish',
}

/**
 * Reads one request. `target` is the X-Amz-Target header of the JSON protocols; without it the body is a form with an
 * `Action` (the query protocol, which SNS speaks). Undefined when it is no call to a service known here.
 */
export function readCall(request: { readonly target: string | undefined; readonly body: string }): AwsCall | undefined {
  if (request.target === undefined) {
    const form = Object.fromEntries(new URLSearchParams(request.body))
    const operation = form.Action
    return operation === undefined ? undefined : callOf('sns', operation, BodySchema.parse(form))
  }
  const known = targets.find(({ prefix }) => request.target?.startsWith(prefix) === true)
  const body = BodySchema.safeParse(parseJson(request.body))
  if (known === undefined || !body.success) return undefined
  return callOf(known.service, request.target.slice(known.prefix.length), body.data)
}

function callOf(service: Service, operation: string, body: Body): AwsCall {
  const action = `${service}:${singleActions[operation] ?? operation}`
  const calls = resourcesOf(service, body).map((resource): Call => ({ action, resource }))
  return { service, operation, calls, secretName: body.SecretId === undefined ? undefined : secretName(body.SecretId) }
}

function resourcesOf(service: Service, body: Body): string[] {
  switch (service) {
    case 'dynamodb': {
      if (body.RequestItems !== undefined) return Object.keys(body.RequestItems).map((name) => tableArn(name))
      if (body.TableName === undefined) return [body.ResourceArn ?? '*']
      const table = tableArn(body.TableName)
      return [body.IndexName === undefined ? table : `${table}/index/${body.IndexName}`]
    }
    case 'sqs': {
      const name = body.QueueName ?? body.QueueUrl?.split('/').at(-1)
      return [name === undefined ? '*' : arnOf('AWS::SQS::Queue', name)]
    }
    case 'sns':
      return [body.TopicArn ?? body.TargetArn ?? body.ResourceArn ?? '*']
    case 'secretsmanager':
      return [body.SecretId === undefined ? '*' : secretArn(secretName(body.SecretId))]
  }
}

function tableArn(name: string): string {
  return name.startsWith('arn:') ? name : arnOf('AWS::DynamoDB::Table', name)
}

/** ARN of a secret; Secrets Manager ends every one with six characters of its own. */
export function secretArn(name: string): string {
  return `arn:${place.partition}:secretsmanager:${place.region}:${place.account}:secret:${name}-local0`
}

function secretName(id: string): string {
  return id.startsWith('arn:')
    ? id
        .split(':')
        .slice(6)
        .join(':')
        .replace(/-local0$/, '')
    : id
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
