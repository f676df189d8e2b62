/** Functions that can be invoked by ARN: each with a few threads, started as they are needed. */
import { harmless } from '../domain/text.ts'
import {
  type FunctionEnvironment,
  type FunctionOptions,
  type Outcome,
  startEnvironment,
} from './function-environment.ts'

/** Threads of one function, unless its template reserves fewer: there are few cores, and invocations wait their turn. */
const maxEnvironments = 2

export interface LocalFunction {
  readonly label: string
  readonly concurrency: number
  /** Runs an invocation, or lets it wait for a free thread. Never rejects; a failure is also said. */
  readonly invoke: (event: unknown) => Promise<Outcome>
  /** Starts a thread, so that the first invocation need not wait for it. */
  readonly warm: () => void
  /** Waits for what runs, then ends the threads. */
  readonly stop: () => Promise<void>
}

/** A function and its pool of threads. */
export function localFunction(options: FunctionOptions): LocalFunction {
  const { label, reservedConcurrency } = options.plan
  const concurrency = Math.max(1, Math.min(reservedConcurrency ?? maxEnvironments, maxEnvironments))
  const idle: FunctionEnvironment[] = []
  const queue: (() => void)[] = []
  const running = new Set<Promise<Outcome>>()
  let busy = 0

  const run = async (event: unknown): Promise<Outcome> => {
    // Whoever waits takes over the place of the one that ends.
    if (busy >= concurrency) await new Promise<void>((turn) => void queue.push(turn))
    else busy += 1
    const known = idle.pop()
    const environment = known?.isUsable() === true ? known : startEnvironment(options)
    const outcome = await environment.invoke(event)
    if (environment.isUsable()) idle.push(environment)
    else await environment.stop()
    const next = queue.shift()
    if (next === undefined) busy -= 1
    else next()
    if (!outcome.ok) options.say(`${label} failed (${outcome.reason}): ${linesOf(outcome.message)}`)
    return outcome
  }
  return {
    label,
    concurrency,
    invoke: async (event) => {
      const outcome = run(event)
      running.add(outcome)
      void outcome.finally(() => running.delete(outcome))
      return outcome
    },
    warm: () => {
      if (busy + idle.length === 0) idle.push(startEnvironment(options))
    },
    stop: async () => {
      await Promise.all(running)
      await Promise.all(idle.map(async (environment) => environment.stop()))
    },
  }
}

/** The first lines of a stack, each shown harmless. */
function linesOf(message: string): string {
  return message
    .split('\n')
    .slice(0, 4)
    .map((line) => harmless(line.trim(), 300))
    .join(' | ')
}
