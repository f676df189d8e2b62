/** Turns the templates of an assembly into what this machine has to make and run: typed, with nothing left to resolve. */
import * as z from 'zod/mini'
import type { Assembly } from './assembly.ts'
import { type ContainerPlan, containersOf } from './container-plan.ts'
import { PolicySchema, type Statement } from './iam.ts'
import { StartError } from './lifecycle.ts'
import type { Addresses } from './physical.ts'
import * as shape from './resource-shapes.ts'
import { labelOf, parsed, type Resolved, type Resolver, resolver } from './resolved.ts'

export interface TablePlan {
  readonly name: string
  readonly definition: z.infer<typeof shape.Table>
}
export interface QueuePlan {
  readonly name: string
  readonly arn: string
  readonly url: string
  readonly attributes: Readonly<Record<string, string>>
}
export interface TopicPlan {
  readonly name: string
  readonly arn: string
  readonly title: string
}
export interface FunctionPlan {
  /** Stack and logical id: who it is to the gateway. */
  readonly identity: string
  /** For people: the logical id without its hash. */
  readonly label: string
  readonly name: string
  readonly arn: string
  readonly roleArn: string
  readonly folder: string
  readonly handler: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly memoryMiB: number
  readonly reservedConcurrency: number | undefined
}
export interface RolePlan {
  readonly arn: string
  readonly name: string
  readonly statements: readonly Statement[]
}
export interface Plan {
  readonly tables: readonly TablePlan[]
  readonly queues: readonly QueuePlan[]
  readonly topics: readonly TopicPlan[]
  readonly subscriptions: readonly z.infer<typeof shape.Subscription>[]
  readonly functions: readonly FunctionPlan[]
  readonly mappings: readonly z.infer<typeof shape.EventSourceMapping>[]
  readonly schedules: readonly (z.infer<typeof shape.Schedule> & { readonly label: string; readonly arn: string })[]
  readonly permissions: readonly z.infer<typeof shape.Permission>[]
  readonly apis: readonly { readonly id: string; readonly routes: readonly RoutePlan[] }[]
  readonly containers: readonly ContainerPlan[]
  readonly roles: readonly RolePlan[]
  /** For people: what the templates describe and nothing on this machine can bring about. */
  readonly absent: readonly string[]
}
export interface RoutePlan {
  readonly key: string
  readonly authorization: string
  readonly functionArn: string
}

/**
 * Plans an assembly. Addresses are part of it: queue URLs carry the gateway's.
 * @throws StartError or TemplateError naming the resource that cannot be understood.
 */
export function planOf(assembly: Assembly, addresses: Addresses): Plan {
  const of = resolver(assembly, addresses)
  return {
    tables: [...of('AWS::DynamoDB::Table'), ...of('AWS::DynamoDB::GlobalTable')].map((resource) => ({
      name: resource.name,
      definition: parsed(shape.Table, resource),
    })),
    queues: of('AWS::SQS::Queue').map((resource) => ({
      name: resource.name,
      arn: resource.arn,
      url: String(resource.ref),
      attributes: parsed(shape.QueueAttributes, resource),
    })),
    topics: of('AWS::SNS::Topic').map((resource) => {
      const { DisplayName } = parsed(shape.Topic, resource)
      return { name: resource.name, arn: resource.arn, title: DisplayName ?? resource.name }
    }),
    subscriptions: of('AWS::SNS::Subscription').map((resource) => parsed(shape.Subscription, resource)),
    functions: of('AWS::Lambda::Function').map((resource) => functionOf(resource, assembly)),
    mappings: of('AWS::Lambda::EventSourceMapping').map((resource) => parsed(shape.EventSourceMapping, resource)),
    schedules: of('AWS::Scheduler::Schedule').map((resource) => ({
      ...parsed(shape.Schedule, resource),
      label: labelOf(resource.id),
      arn: resource.arn,
    })),
    permissions: of('AWS::Lambda::Permission').map((resource) => parsed(shape.Permission, resource)),
    apis: apisOf(of),
    containers: containersOf({ of, assets: assembly.assets }),
    roles: rolesOf(of),
    absent: of('AWS::IoT::TopicRule').map((resource) => {
      const { Description } = parsed(shape.TopicRule, resource).TopicRulePayload
      return Description ?? `the AWS IoT rule ${labelOf(resource.id)}`
    }),
  }
}

function functionOf(resource: Resolved, assembly: Assembly): FunctionPlan {
  const properties = parsed(shape.LambdaFunction, resource)
  const hash = properties.Code.S3Key.replace(/\.zip$/, '')
  const folder = assembly.assets.get(hash)
  if (folder === undefined) throw new StartError(`The code of ${resource.id} (${hash}) is not among the assets.`)
  return {
    identity: `${resource.stack}.${resource.id}`,
    label: labelOf(resource.id),
    name: resource.name,
    arn: resource.arn,
    roleArn: properties.Role,
    folder,
    handler: properties.Handler,
    environment: properties.Environment.Variables,
    timeoutSeconds: properties.Timeout,
    memoryMiB: properties.MemorySize,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
  }
}

function rolesOf(of: Resolver): RolePlan[] {
  const attached = of('AWS::IAM::Policy').map((resource) => parsed(shape.Policy, resource))
  return of('AWS::IAM::Role').map((resource) => {
    const inline = parsed(shape.Role, resource).Policies
    const documents = [...inline, ...attached.filter(({ Roles }) => Roles.includes(resource.name))]
    const statements = documents.flatMap(({ PolicyDocument }) => z.parse(PolicySchema, PolicyDocument).Statement)
    return { arn: resource.arn, name: labelOf(resource.id), statements }
  })
}

function apisOf(of: Resolver): Plan['apis'] {
  const integrations = new Map(
    of('AWS::ApiGatewayV2::Integration').map((resource) => [resource.name, parsed(shape.Integration, resource)]),
  )
  const routes = of('AWS::ApiGatewayV2::Route').map((resource) => parsed(shape.Route, resource))
  return of('AWS::ApiGatewayV2::Api').map(({ name: id }) => ({
    id,
    routes: routes
      .filter(({ ApiId }) => ApiId === id)
      .map(({ RouteKey, Target, AuthorizationType }): RoutePlan => {
        const uri = integrations.get(Target.replace(/^integrations\//, ''))?.IntegrationUri ?? ''
        // A function's ARN by itself, or inside the path by which API Gateway invokes it.
        const functionArn = /arn:[^:]+:lambda:[^:]*:\d*:function:[^/:]+/.exec(uri)?.[0]
        if (functionArn === undefined) throw new StartError(`Route ${RouteKey} leads to no function (${uri}).`)
        return { key: RouteKey, authorization: AuthorizationType, functionArn }
      }),
  }))
}
