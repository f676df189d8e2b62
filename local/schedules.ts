/** Fires the schedules of a template: early once, then a few seconds after each boundary of their rate. */
import { randomUUID } from 'node:crypto'
import { instant, minuteMs, secondMs } from '../domain/time.ts'
import type { Gateway } from './gateway.ts'
import type { LocalFunction } from './functions.ts'
import type { Plan, RolePlan } from './plan.ts'

/** After the boundary, so that what belongs to the minute before has arrived. */
const offsetMs = 5 * secondMs

export interface ScheduleOptions {
  readonly schedule: Plan['schedules'][number]
  readonly target: LocalFunction
  readonly role: RolePlan
  readonly gateway: Pick<Gateway, 'permits'>
  /** Milliseconds until the first run; undefined: no run of its own before the first boundary. */
  readonly firstAfterMs: number | undefined
}

export interface LocalSchedule {
  /** Runs it now and waits for the end. False when the role does not permit it or the function failed. */
  readonly run: () => Promise<boolean>
  readonly stop: () => void
}

/** Starts one schedule, unless its template has it disabled. */
export function startSchedule(options: ScheduleOptions): LocalSchedule {
  const everyMs = minutesOf(options.schedule.ScheduleExpression) * minuteMs
  const run = async () => runOnce(options)
  let timer: NodeJS.Timeout | undefined
  const wait = (afterMs: number) => {
    timer = setTimeout(() => {
      wait(nextRunMs(Date.now(), everyMs) - Date.now())
      void run()
    }, afterMs)
  }
  if (options.schedule.State === 'ENABLED') {
    wait(options.firstAfterMs ?? nextRunMs(Date.now(), everyMs) - Date.now())
  }
  return { run, stop: () => clearTimeout(timer) }
}

/** When a rate runs next after `nowMs`: some seconds after a multiple of it. Epoch milliseconds in and out. */
export function nextRunMs(nowMs: number, everyMs: number): number {
  return (Math.floor((nowMs - offsetMs) / everyMs) + 1) * everyMs + offsetMs
}

/** Minutes of `rate(N minutes)`. */
function minutesOf(expression: string): number {
  return Number(/\d+/.exec(expression)?.[0] ?? 1)
}

async function runOnce({ schedule, target, role, gateway }: ScheduleOptions): Promise<boolean> {
  const caller = { name: `Schedule ${schedule.label}`, role }
  if (!gateway.permits(caller, { action: 'lambda:InvokeFunction', resource: schedule.Target.Arn })) return false
  const { ok } = await target.invoke(inputOf(schedule))
  return ok
}

/** The event of a run: the template's input with EventBridge Scheduler's context attributes filled in. */
function inputOf({ Target, arn }: ScheduleOptions['schedule']): unknown {
  if (Target.Input === undefined) return {}
  const filled = Target.Input.replaceAll('<aws.scheduler.scheduled-time>', instant(Date.now()).replace(/\.\d+Z$/, 'Z'))
    .replaceAll('<aws.scheduler.execution-id>', randomUUID())
    .replaceAll('<aws.scheduler.attempt-number>', '1')
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
  return JSON.parse(filled)
}
