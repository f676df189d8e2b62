/** Runs scenarios over all subjects, on two threads. */
import process from 'node:process'
import { Worker } from 'node:worker_threads'
import type { ClusterMinute } from '../../domain/detector.ts'
import type { AlertKind } from '../../domain/alert.ts'
import { minuteMs } from '../../domain/time.ts'
import { bareMinute } from './bare.ts'
import { type Label, warmUpDays } from './scenario.ts'
import { scenario } from './scenarios.ts'
import type { Opening } from './score.ts'
import { peers } from './peers.ts'
import { ownAnalysis, peerSubject, type Variant } from './subject.ts'

export interface Task {
  readonly scenario: string
  readonly seed: number
  readonly days: number
  readonly variants: readonly Variant[]
  readonly peers: boolean
  /** Minutes without anything of clients, as other systems may have recorded them. */
  readonly bare: boolean
}

export interface SubjectRun {
  readonly name: string
  /** What it speaks of; absent: of everything. */
  readonly kind?: AlertKind
  readonly openings: readonly Opening[]
  readonly microseconds: number
}

export interface ScenarioRun {
  readonly scenario: string
  readonly seed: number
  readonly timezone: string
  readonly labels: readonly Label[]
  readonly scoredFromMs: number
  readonly brokerMinutes: number
  /** Without the warm-up. */
  readonly scoredBrokerMinutes: number
  readonly generatorMicroseconds: number
  readonly subjects: readonly SubjectRun[]
}

/** Cluster-minutes that are made before they are judged: enough that reading the clock costs nothing. */
const chunk = 240

export function runScenario(task: Task): ScenarioRun {
  const made = scenario(task.scenario, task.seed, task.days)
  const scoredFromMs = made.plan.startMs + warmUpDays * 1440 * minuteMs
  const own = task.variants.map((variant) => ownAnalysis(variant, made))
  const others = task.peers ? peers.map((peer) => peerSubject(peer, made)) : []
  const runs = [...own, ...others].map((subject) => ({ subject, openings: [] as Opening[], microseconds: 0 }))
  let brokerMinutes = 0
  let scoredBrokerMinutes = 0
  let generatorMicroseconds = 0
  const minutes = made.minutes()[Symbol.iterator]()
  for (let done = false; !done; ) {
    const started = spentMicroseconds()
    const some: ClusterMinute[] = []
    while (some.length < chunk) {
      const next = minutes.next()
      done = next.done === true
      if (next.done) break
      some.push(task.bare ? bareMinute(next.value) : next.value)
      brokerMinutes += next.value.brokers.length
      if (next.value.startMs >= scoredFromMs) scoredBrokerMinutes += next.value.brokers.length
    }
    generatorMicroseconds += spentMicroseconds() - started
    for (const run of runs) {
      const began = spentMicroseconds()
      for (const minute of some) for (const opening of run.subject.judge(minute)) run.openings.push(opening)
      run.microseconds += spentMicroseconds() - began
    }
  }
  return {
    scenario: made.name,
    seed: made.seed,
    timezone: made.plan.timezone,
    labels: made.labels,
    scoredFromMs,
    brokerMinutes,
    scoredBrokerMinutes,
    generatorMicroseconds,
    subjects: runs.map(({ subject, openings, microseconds }) => ({
      name: subject.name,
      ...(subject.kind === undefined ? {} : { kind: subject.kind }),
      openings,
      microseconds,
    })),
  }
}

/** CPU time of this thread: others on the machine do not count. */
function spentMicroseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

const threads = 2

/** Runs all tasks; the answers stand in the order of the tasks. */
export async function runAll(tasks: readonly Task[]): Promise<ScenarioRun[]> {
  const runs: (ScenarioRun | undefined)[] = tasks.map(() => undefined)
  let next = 0
  let finished = 0
  const work = async () => {
    const worker = new Worker(new URL('worker.ts', import.meta.url))
    try {
      for (let n = next++; n < tasks.length; n = next++) {
        const answer = Promise.withResolvers<ScenarioRun>()
        worker.once('message', answer.resolve)
        worker.once('error', answer.reject)
        worker.postMessage(tasks[n], [])
        runs[n] = await answer.promise
        worker.off('error', answer.reject)
        finished += 1
        process.stderr.write(`${finished}/${tasks.length} ${tasks[n]?.scenario} (seed ${tasks[n]?.seed})\n`)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, work))
  return runs.filter((run) => run !== undefined)
}
