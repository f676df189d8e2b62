/** Holds calls against roles and keeps book: which grants were used, and what was refused. */
import { harmless } from '../domain/text.ts'
import { type Call, decide, type Grant, grantsOf } from './iam.ts'
import type { RolePlan } from './plan.ts'

export interface Caller {
  /** For people. */
  readonly name: string
  readonly role: RolePlan
}

export interface UnusedGrant extends Grant {
  readonly role: string
}

export interface AccessBook {
  /** Counts a role's grants among those that should be used. */
  readonly know: (role: RolePlan) => void
  /** Why a caller may not, or undefined when it may. A refusal is said once. */
  readonly refusal: (caller: Caller, call: Call) => string | undefined
  /** What known roles allow and nothing has used so far, among the services that stand on this machine. */
  readonly unused: () => readonly UnusedGrant[]
}

const emulated = /^(dynamodb|sqs|sns|secretsmanager|lambda):/

/** Opens an empty book. */
export function accessBook(say: (line: string) => void): AccessBook {
  const roles = new Map<string, RolePlan>()
  const used = new Set<string>()
  const told = new Set<string>()
  return {
    know: (role) => {
      roles.set(role.arn, role)
    },
    refusal: ({ name, role }, call) => {
      const decision = decide(role.statements, call)
      if (decision.allowed) {
        for (const grant of decision.grants) used.add(entryOf(role, grant))
        return undefined
      }
      const what = `${name} is not authorized to perform: ${call.action} on resource: ${call.resource}`
      const line = harmless(`IAM: ${what}: ${decision.reason}. It would fail in AWS too; grant it in lib/.`, 600)
      if (!told.has(line)) say(line)
      told.add(line)
      return `User: ${what} because ${decision.reason}`
    },
    unused: () =>
      [...roles.values()].flatMap((role) =>
        grantsOf(role.statements)
          .filter((grant) => emulated.test(grant.action) && !used.has(entryOf(role, grant)))
          .map((grant): UnusedGrant => ({ role: role.name, ...grant })),
      ),
  }
}

function entryOf(role: RolePlan, grant: Grant): string {
  return `${role.arn} ${grant.action} ${grant.resource}`
}
