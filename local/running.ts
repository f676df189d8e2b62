/** What the parts of a running system share. */
import type { Gateway } from './gateway.ts'
import { StartError, type Teardown } from './lifecycle.ts'
import type { Plan, RolePlan } from './plan.ts'

export interface Running {
  readonly plan: Plan
  readonly gateway: Gateway
  readonly verbose: boolean
  readonly say: (line: string) => void
  readonly teardown: Teardown
}

/**
 * The role by which something acts.
 * @throws StartError when the template has no such role.
 */
export function roleOf(
  plan: Pick<Plan, 'roles'>,
  wanted: { readonly arn: string | undefined; readonly of: string },
): RolePlan {
  const role = plan.roles.find(({ arn }) => arn === wanted.arn)
  if (role === undefined)
    throw new StartError(`${wanted.of} acts by the role ${wanted.arn}, which no template defines.`)
  return role
}
