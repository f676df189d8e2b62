/** Evaluates the intrinsic functions of CloudFormation templates against the resources that stand on this machine. */
import * as z from 'zod/mini'
import { StartError } from './lifecycle.ts'

const ResourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
})
export type TemplateResource = z.infer<typeof ResourceSchema>

/** What this project reads of a template; everything else in it is left alone. */
export const TemplateSchema = z.looseObject({
  Resources: z.record(z.string(), ResourceSchema),
  Parameters: z._default(z.record(z.string(), z.looseObject({ Default: z.optional(z.unknown()) })), {}),
  Outputs: z._default(
    z.record(
      z.string(),
      z.looseObject({ Value: z.unknown(), Export: z.optional(z.looseObject({ Name: z.unknown() })) }),
    ),
    {},
  ),
})
export type Template = z.infer<typeof TemplateSchema>

/** The account, region and partition that everything local claims to be in. */
export const place = { account: '000000000000', region: 'us-east-1', partition: 'aws', urlSuffix: 'amazonaws.com' }

/** How names in one stack are resolved. Each function gives undefined for what it does not know. */
export interface Scope {
  readonly stack: string
  readonly ref: (logicalId: string) => unknown
  readonly attribute: (logicalId: string, name: string) => unknown
  readonly importValue: (name: string) => unknown
}

/** A template that says something this evaluator cannot follow; the message names the stack and the place. */
export class TemplateError extends StartError {}

/**
 * Evaluates a value of a template: intrinsics are replaced by what they stand for, `AWS::NoValue` members vanish.
 * @throws TemplateError for an unknown intrinsic, a reference to nothing, or arguments of the wrong shape.
 */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope)).filter((item) => item !== noValue)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [first] = entries
  if (first !== undefined && entries.length === 1 && (first[0] === 'Ref' || first[0].startsWith('Fn::'))) {
    return intrinsic(first[0], first[1], scope)
  }
  const evaluated = entries.map(([key, item]): [string, unknown] => [key, evaluate(item, scope)])
  return Object.fromEntries(evaluated.filter(([, item]) => item !== noValue))
}

const noValue = Symbol('AWS::NoValue')

function intrinsic(name: string, argument: unknown, scope: Scope): unknown {
  switch (name) {
    case 'Ref':
      return reference(text(argument, { name, scope }), scope)
    case 'Fn::GetAtt': {
      const parts = typeof argument === 'string' ? argument.split('.') : list(argument, { name, scope })
      const [id, ...path] = parts.map((part) => text(evaluate(part, scope), { name, scope }))
      return attribute(id ?? '', path.join('.'), scope)
    }
    case 'Fn::Join': {
      const [separator, items] = list(argument, { name, scope })
      const parts = list(evaluate(items, scope), { name, scope }).map((item) => text(item, { name, scope }))
      return parts.join(text(separator, { name, scope }))
    }
    case 'Fn::Sub':
      return substitute(argument, scope)
    case 'Fn::Select': {
      const [index, items] = list(argument, { name, scope })
      const chosen = list(evaluate(items, scope), { name, scope })[Number(evaluate(index, scope))]
      return chosen ?? fail(scope, `${name} chooses what is not there: ${JSON.stringify(argument)}`)
    }
    case 'Fn::Split': {
      const [separator, whole] = list(argument, { name, scope })
      return text(evaluate(whole, scope), { name, scope }).split(text(separator, { name, scope }))
    }
    case 'Fn::ImportValue': {
      const imported = text(evaluate(argument, scope), { name, scope })
      return scope.importValue(imported) ?? fail(scope, `no stack exports ${imported}`)
    }
    default:
      return fail(scope, `${name} is not known here; add it to local/template.ts`)
  }
}

function reference(id: string, scope: Scope): unknown {
  if (id.startsWith('AWS::')) return pseudo(id, scope)
  return scope.ref(id) ?? fail(scope, `Ref to ${id}, which is no resource or parameter of the stack`)
}

function attribute(id: string, path: string, scope: Scope): unknown {
  return scope.attribute(id, path) ?? fail(scope, `Fn::GetAtt ${id}.${path} is not known here`)
}

function pseudo(id: string, scope: Scope): unknown {
  switch (id) {
    case 'AWS::AccountId':
      return place.account
    case 'AWS::Region':
      return place.region
    case 'AWS::Partition':
      return place.partition
    case 'AWS::URLSuffix':
      return place.urlSuffix
    case 'AWS::StackName':
      return scope.stack
    case 'AWS::StackId':
      return `arn:${place.partition}:cloudformation:${place.region}:${place.account}:stack/${scope.stack}/local`
    case 'AWS::NoValue':
      return noValue
    default:
      return fail(scope, `the pseudo parameter ${id} is not known here`)
  }
}

function substitute(argument: unknown, scope: Scope): string {
  const name = 'Fn::Sub'
  const [pattern, variables] = Array.isArray(argument) ? argument : [argument, {}]
  const known = new Map(Object.entries(variables !== null && typeof variables === 'object' ? variables : {}))
  return text(pattern, { name, scope }).replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, inner: string) => {
    if (literal === '!') return `\${${inner}}`
    const key = inner.trim()
    if (known.has(key)) return text(evaluate(known.get(key), scope), { name, scope })
    const [id, ...path] = key.split('.')
    const value = path.length > 0 ? attribute(id ?? '', path.join('.'), scope) : reference(key, scope)
    return text(value, { name, scope })
  })
}

interface Where {
  readonly name: string
  readonly scope: Scope
}

function text(value: unknown, { name, scope }: Where): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return fail(scope, `${name} needs text, found ${JSON.stringify(value) ?? 'nothing'}`)
}

function list(value: unknown, { name, scope }: Where): readonly unknown[] {
  return Array.isArray(value) ? value : fail(scope, `${name} needs a list, found ${JSON.stringify(value) ?? 'nothing'}`)
}

function fail(scope: Scope, what: string): never {
  throw new TemplateError(`Stack ${scope.stack}: ${what}`)
}
