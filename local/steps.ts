/** Starts the functions of a plan and what invokes them: queues and schedules. */
import { clientsOf } from './clients.ts'
import { type LocalFunction, localFunction } from './functions.ts'
import { type Running, roleOf } from './running.ts'
import { StartError } from './lifecycle.ts'
import { startQueueTrigger } from './queue-trigger.ts'
import { startSchedule } from './schedules.ts'

export interface Steps {
  /** By ARN. */
  readonly functions: ReadonlyMap<string, LocalFunction>
  /** Runs every schedule now; false when one failed or was not permitted. */
  readonly runSchedules: () => Promise<boolean>
}

/** Soon after the start, when the watchers have connected. */
const defaultFirstAfterMs = 5000

/**
 * Starts them all; each is told to `teardown`.
 * @throws StartError when a mapping or a schedule names what is not there.
 */
export async function startSteps(running: Running & { readonly firstAfterMs?: number | undefined }): Promise<Steps> {
  const { plan, gateway, verbose, say, teardown } = running
  const functions = new Map<string, LocalFunction>()
  const credentials = new Map(
    plan.functions.map((one) => {
      const role = roleOf(plan, { arn: one.roleArn, of: one.label })
      return [one.arn, gateway.admit({ identity: one.identity, name: one.label, role })]
    }),
  )
  for (const one of plan.functions) {
    const own = credentials.get(one.arn) ?? gateway.administrator
    const local = localFunction({ plan: one, credentials: own, gatewayUrl: gateway.url, verbose, say })
    teardown.add(`the function ${one.label}`, local.stop)
    functions.set(one.arn, local)
  }
  for (const mapping of plan.mappings.filter(({ Enabled }) => Enabled)) {
    const [arn, target] = functionNamed(functions, mapping.FunctionName)
    const queue = plan.queues.find((one) => one.arn === mapping.EventSourceArn)
    if (queue === undefined) throw new StartError(`${target.label} is fed by ${mapping.EventSourceArn}: no such queue.`)
    const clients = clientsOf(gateway, credentials.get(arn) ?? gateway.administrator)
    teardown.add(`the clients of ${target.label}`, clients.destroy)
    const trigger = await startQueueTrigger({ mapping, queue, target, sqs: clients.sqs, say })
    teardown.add(`the queue of ${target.label}`, trigger.stop)
  }
  const schedules = plan.schedules.map((schedule) => {
    const [, target] = functionNamed(functions, schedule.Target.Arn)
    const role = roleOf(plan, { arn: schedule.Target.RoleArn, of: schedule.label })
    const firstAfterMs = running.firstAfterMs ?? defaultFirstAfterMs
    const started = startSchedule({ schedule, target, role, gateway, firstAfterMs })
    teardown.add(`the schedule ${schedule.label}`, started.stop)
    return started
  })
  return {
    functions,
    runSchedules: async () => (await Promise.all(schedules.map(async ({ run }) => run()))).every(Boolean),
  }
}

function functionNamed(functions: ReadonlyMap<string, LocalFunction>, name: string): [string, LocalFunction] {
  const found = [...functions].find(([arn]) => arn === name || arn.endsWith(`:${name}`))
  if (found === undefined) throw new StartError(`The template invokes ${name}, which is no function of it.`)
  return found
}
