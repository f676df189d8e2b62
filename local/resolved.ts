/** Resources of all stacks with their properties evaluated, and how they are read by a shape. */
import * as z from 'zod/mini'
import type { Assembly } from './assembly.ts'
import { StartError } from './lifecycle.ts'
import { type Addresses, arnOf, physicalName, scopesOf } from './physical.ts'
import { evaluate, type Scope } from './template.ts'

/** A resource with its properties evaluated. */
export interface Resolved {
  readonly stack: string
  readonly id: string
  readonly name: string
  readonly arn: string
  readonly ref: unknown
  readonly properties: unknown
}

/** Gives all resources of a type, over all stacks. */
export type Resolver = (type: string) => readonly Resolved[]

/** Evaluates the resources of all stacks as they are asked for. */
export function resolver(assembly: Assembly, addresses: Addresses): Resolver {
  const scopes = scopesOf(assembly, addresses)
  return (type) =>
    assembly.stacks.flatMap(({ name: stack, template }) => {
      const scope: Scope | undefined = scopes.get(stack)
      if (scope === undefined) return []
      return Object.entries(template.Resources).flatMap(([id, resource]): Resolved[] => {
        if (resource.Type !== type) return []
        const name = physicalName(resource, { stack, id })
        const properties = evaluate(resource.Properties, scope)
        return [{ stack, id, name, arn: arnOf(type, name), ref: scope.ref(id), properties }]
      })
    })
}

/** Reads a resource by the shape this project gives it. */
export function parsed<Schema extends z.ZodMiniType>(schema: Schema, resource: Resolved): z.infer<Schema> {
  const outcome = z.safeParse(schema, resource.properties)
  if (outcome.success) return outcome.data
  const faults = outcome.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; ')
  throw new StartError(`Resource ${resource.id} of stack ${resource.stack} cannot be run on one machine: ${faults}`)
}

/** A logical id without the hash that the CDK adds. */
export function labelOf(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '')
}
