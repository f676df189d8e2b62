/** What this machine reads of each type of CloudFormation resource, after its intrinsics are evaluated. */
import * as z from 'zod/mini'

/** CloudFormation takes numbers and booleans as text too. */
const Count = z.pipe(
  z.union([z.number(), z.string()]),
  z.transform((value) => Number(value)),
)
const Flag = z.pipe(
  z.union([z.boolean(), z.string()]),
  z.transform((value) => value === true || value === 'true'),
)
const Key = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))

export const Table = z.looseObject({
  KeySchema: Key,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z._default(
    z.array(
      z.looseObject({
        IndexName: z.string(),
        KeySchema: Key,
        Projection: z.object({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.optional(z.array(z.string())),
        }),
      }),
    ),
    [],
  ),
  TimeToLiveSpecification: z.optional(z.looseObject({ AttributeName: z.optional(z.string()), Enabled: Flag })),
})

const copiedQueueAttributes = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'MaximumMessageSize',
  'FifoQueue',
  'ContentBasedDeduplication',
  'RedrivePolicy',
]
/** Attributes as SQS takes them: everything is text. */
export const QueueAttributes = z.pipe(
  z._default(z.record(z.string(), z.unknown()), {}),
  z.transform((properties) => {
    const copied = Object.entries(properties).filter(([name]) => copiedQueueAttributes.includes(name))
    const entries = copied.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])
    const attributes: Record<string, string> = Object.fromEntries(entries)
    return attributes
  }),
)

export const Topic = z.looseObject({ DisplayName: z.optional(z.string()) })
export const Subscription = z.looseObject({ TopicArn: z.string(), Protocol: z.string(), Endpoint: z.string() })

export const LambdaFunction = z.looseObject({
  Code: z.looseObject({ S3Key: z.string() }),
  Handler: z.string(),
  Role: z.string(),
  Environment: z._default(z.looseObject({ Variables: z.record(z.string(), z.string()) }), { Variables: {} }),
  Timeout: z._default(Count, 3),
  MemorySize: z._default(Count, 128),
  ReservedConcurrentExecutions: z.optional(Count),
})

export const EventSourceMapping = z.looseObject({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  BatchSize: z._default(Count, 10),
  MaximumBatchingWindowInSeconds: z._default(Count, 0),
  FunctionResponseTypes: z._default(z.array(z.string()), []),
  ScalingConfig: z.optional(z.looseObject({ MaximumConcurrency: z.optional(Count) })),
  Enabled: z._default(Flag, true),
})

export const Schedule = z.looseObject({
  ScheduleExpression: z.string().check(z.regex(/^rate\([1-9]\d* minutes?\)$/, 'only rate(N minutes) is understood')),
  State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
  Target: z.looseObject({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.optional(z.string()),
    DeadLetterConfig: z.optional(z.looseObject({ Arn: z.optional(z.string()) })),
  }),
})

export const Permission = z.looseObject({
  FunctionName: z.string(),
  Principal: z.string(),
  Action: z.string(),
  SourceArn: z.optional(z.string()),
})

export const Integration = z.looseObject({
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0', 'only payload format 2.0 is understood'),
})
export const Route = z.looseObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string(),
  AuthorizationType: z._default(z.string(), 'NONE'),
})

export const Policy = z.looseObject({ PolicyDocument: z.unknown(), Roles: z._default(z.array(z.string()), []) })
export const Role = z.looseObject({
  Policies: z._default(z.array(z.looseObject({ PolicyDocument: z.unknown() })), []),
})

export const Service = z.looseObject({ TaskDefinition: z.string(), DesiredCount: z._default(Count, 1) })
export const TaskDefinition = z.looseObject({
  TaskRoleArn: z.optional(z.string()),
  ContainerDefinitions: z.array(
    z.looseObject({
      Name: z.string(),
      Image: z.string(),
      Command: z._default(z.array(z.string()), []),
      Environment: z._default(z.array(z.looseObject({ Name: z.string(), Value: z.string() })), []),
      MountPoints: z._default(z.array(z.looseObject({ ContainerPath: z.string(), SourceVolume: z.string() })), []),
      StopTimeout: z._default(Count, 30),
      HealthCheck: z.optional(
        z.looseObject({
          Command: z.array(z.string()),
          Interval: z._default(Count, 30),
          Timeout: z._default(Count, 5),
          Retries: z._default(Count, 3),
          StartPeriod: z._default(Count, 0),
        }),
      ),
    }),
  ),
})

export const TopicRule = z.looseObject({ TopicRulePayload: z.looseObject({ Description: z.optional(z.string()) }) })
