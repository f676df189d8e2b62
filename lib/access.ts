/** What a step may do with a resource, kept together with the environment variable that tells it which one. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'

/** The value of one environment variable and the statements that its reader needs. */
export interface Access<Value = string> {
  readonly value: Value
  readonly statements: readonly PolicyStatement[]
}

/** An access for each variable of an environment: leaving one out does not compile. */
export type Uses<Environment> = { readonly [Name in keyof Environment]: Access<Environment[Name] & string> }

/** A variable that needs no grant. */
export function plain<const Value extends string>(value: Value): Access<Value> {
  return { value, statements: [] }
}

/** A variable naming a resource, and what may be done with it. */
export function granted(value: string, ...grants: readonly Grant[]): Access {
  const statements = grants.map(
    ({ actions, resources }) => new PolicyStatement({ actions: [...actions], resources: [...resources] }),
  )
  return { value, statements }
}
interface Grant {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}
