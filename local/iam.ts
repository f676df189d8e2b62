/** Decides, purely, whether the policies of a role allow one call, and which of its grants nothing has used. */
import * as z from 'zod/mini'

const OneOrMore = z.union([z.string(), z.array(z.string())])
const StatementSchema = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.optional(OneOrMore),
  NotAction: z.optional(OneOrMore),
  Resource: z.optional(OneOrMore),
  NotResource: z.optional(OneOrMore),
  Condition: z.optional(z.record(z.string(), z.record(z.string(), z.unknown()))),
})

/** A policy document whose intrinsics have been evaluated. */
export const PolicySchema = z.looseObject({ Statement: z.array(StatementSchema) })
export type Statement = z.infer<typeof StatementSchema>

/** One thing somebody wants to do to one resource. */
export interface Call {
  readonly action: string
  /** ARN; `*` where the action has no resource of its own. */
  readonly resource: string
}

/** What in a policy allowed a call: the action and the resource as the policy writes them. */
export type Grant = Call

export type Decision =
  | { readonly allowed: true; readonly grants: readonly Grant[] }
  | { readonly allowed: false; readonly reason: string }

/** Conditions that a call on this machine meets, or that concern what no call here can differ in. */
const harmlessConditions = new Set([
  'aws:securetransport',
  'aws:sourceaccount',
  'aws:resourceaccount',
  'aws:principalaccount',
])

/** Holds a call against statements as IAM does: an explicit Deny wins, and without an Allow nothing is allowed. */
export function decide(statements: readonly Statement[], call: Call): Decision {
  const grants: Grant[] = []
  let unread: string | undefined
  for (const statement of statements) {
    const matched = matchesOf(statement, call)
    if (matched.length === 0) continue
    if (statement.Effect === 'Deny') return { allowed: false, reason: 'a statement of its role denies it' }
    const condition = unknownCondition(statement)
    if (condition === undefined) grants.push(...matched)
    else unread = condition
  }
  if (grants.length > 0) return { allowed: true, grants }
  const reason =
    unread === undefined
      ? 'no statement of its role allows it'
      : `its role allows it only under the condition ${unread}, which cannot be checked here`
  return { allowed: false, reason }
}

/** Every pair of action and resource that the statements allow. */
export function grantsOf(statements: readonly Statement[]): Grant[] {
  const allowing = statements.filter(({ Effect }) => Effect === 'Allow')
  return allowing.flatMap((statement) =>
    listed(statement.Action).flatMap((action) =>
      listed(statement.Resource).map((resource): Grant => ({ action, resource })),
    ),
  )
}

/** Does a pattern with `*` and `?` cover the text? */
export function covers(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

function matchesOf(statement: Statement, call: Call): Grant[] {
  const actions = covering({ patterns: statement.Action, except: statement.NotAction, text: call.action, fold: true })
  const resources = covering({ patterns: statement.Resource, except: statement.NotResource, text: call.resource })
  return actions.flatMap((action) => resources.map((resource): Grant => ({ action, resource })))
}

type Patterns = string | readonly string[] | undefined

/** The patterns that cover a text, as they are written. Names of actions know no case (`fold`), ARNs do. */
function covering(asked: {
  readonly patterns: Patterns
  readonly except: Patterns
  readonly text: string
  readonly fold?: boolean
}): readonly string[] {
  const folded = (text: string) => (asked.fold === true ? text.toLowerCase() : text)
  const among = (patterns: Patterns) =>
    listed(patterns).filter((pattern) => covers(folded(pattern), folded(asked.text)))
  if (asked.except === undefined) return among(asked.patterns)
  return among(asked.except).length > 0 ? [] : [`all but ${listed(asked.except).join(', ')}`]
}

function unknownCondition(statement: Statement): string | undefined {
  const names = Object.values(statement.Condition ?? {}).flatMap((operands) => Object.keys(operands))
  return names.find((name) => !harmlessConditions.has(name.toLowerCase()))
}

function listed(patterns: Patterns): readonly string[] {
  if (patterns === undefined) return []
  return typeof patterns === 'string' ? [patterns] : patterns
}
