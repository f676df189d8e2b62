/** Reads of a synthesized template that several tests need: resources of a type, texts of intrinsics, grants. */
import type { Template } from 'aws-cdk-lib/assertions'

export type Properties = ReturnType<Template['findResources']>[string]

/** Resources of one type: logical id, properties, and the resource itself. */
export function resourcesOf(template: Template, type: string) {
  return Object.entries(template.findResources(type)).map(([id, resource]) => {
    const properties: Properties = resource['Properties']
    return { id, properties, resource }
  })
}

/** A value with its intrinsics written out as text, such as `<Id.Arn>/index/byBroker`. */
export function written(value: string | Properties): string {
  if (typeof value === 'string') return value
  const [name, argument] = Object.entries(value)[0] ?? []
  if (name === 'Ref') return `<${argument}>`
  if (name === 'Fn::GetAtt') return `<${argument.join('.')}>`
  if (name === 'Fn::Sub') return String(argument)
  if (name === 'Fn::Join') return argument[1].map(written).join(argument[0])
  throw new Error(`unknown intrinsic ${name}`)
}

export const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value])

/** Statements of the policies of these types. */
export function statementsOf(template: Template, ...types: string[]): Properties[] {
  return types.flatMap((type) =>
    resourcesOf(template, type).flatMap(({ properties }) => properties['PolicyDocument'].Statement),
  )
}

export interface Allowance {
  readonly role: string
  readonly action: string
  readonly resource: string
}

/** What each role's policies allow: role, action and resource, one of each. */
export function allowances(template: Template): Allowance[] {
  return resourcesOf(template, 'AWS::IAM::Policy').flatMap(({ properties }) => {
    const roles: string[] = properties['Roles'].map(written)
    const statements: Properties[] = properties['PolicyDocument'].Statement
    return roles.flatMap((role) =>
      statements.flatMap((statement) =>
        list<string>(statement['Action']).flatMap((action) =>
          list(statement['Resource']).map((resource) => ({ role, action, resource: written(resource) })),
        ),
      ),
    )
  })
}
