/** One run: clients and faults for a while, then calm, then the verdict. */
import { createRandom, type Random } from './random.ts'
import { type FaultContext, type Lane, lanes } from './faults.ts'
import { type Figures, settle } from './settle.ts'
import { type Stage, startStage } from './stage.ts'
import type { Disturbance } from './verdict.ts'
import { slots } from './watchers.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly clients: number
  readonly meanStayMs: number
  readonly stormSize: number
  /** Longest time that a fault lasts. */
  readonly longestMs: number
  /** Longest pause between two faults of one target; the broker and storms have a longer one. */
  readonly longestCalmMs: number
  /** How long faults go on; `once`: until every kind came once. */
  readonly lasts: number | 'once'
  /** One watcher instead of two: nobody makes up for what it loses. */
  readonly alone?: boolean
  /** Keep the folder with all logs also where nothing is amiss. */
  readonly keep?: boolean
  /** Only faults of these names; all without. */
  readonly only?: readonly string[]
  readonly say: (line: string) => void
}

export interface Outcome extends Figures {
  readonly seed: number
  readonly seconds: number
  /** How often each fault came. */
  readonly faults: Readonly<Record<string, number>>
}

/** Runs. The folder with all logs stays, and is named, where something is amiss. */
export async function runChaos(options: ChaosOptions): Promise<Outcome> {
  const startedMs = performance.now()
  const random = createRandom(options.seed)
  const stage = await startStage({ ...options, random, alone: options.alone ?? false })
  let keep = true
  try {
    // Stamps are whole seconds: judge from the first that begins with both watchers there.
    const fromMs = Math.ceil(Date.now() / 1000) * 1000
    const disturbances: Disturbance[] = []
    const faults: Record<string, number> = {}
    const say = (line: string) =>
      options.say(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${line}`)
    say(`watching; logs in ${stage.folder}`)
    const endMs = performance.now() + (options.lasts === 'once' ? 0 : options.lasts)
    await Promise.all(
      chosen(stage, options.only).map(async (lane) => {
        const context: FaultContext = { ...options, stage, random: createRandom(random.between(0, 2 ** 32)) }
        for (const fault of order(lane, context.random, options.lasts === 'once' ? undefined : endMs)) {
          await new Promise((done) => setTimeout(done, context.random.between(200, options.longestCalmMs * lane.calm)))
          const begunMs = Date.now()
          const words = await fault.run(context)
          const untilMs = Date.now()
          disturbances.push({ target: lane.target, fromMs: begunMs, untilMs })
          faults[fault.name] = (faults[fault.name] ?? 0) + 1
          say(`${lane.target}: ${fault.name} for ${untilMs - begunMs} ms${words ? `, ${words}` : ''}`)
        }
      }),
    )
    const figures = await settle({ stage, fromMs, disturbances, say })
    keep = options.keep === true || !isGood(figures)
    const seconds = Math.round((performance.now() - startedMs) / 1000)
    return { seed: options.seed, seconds, faults, ...figures }
  } finally {
    await stage.stop({ keep })
  }
}

/** Nothing is missing without a reason, and nothing is there that should not be. */
export function isGood(figures: Figures): boolean {
  return (
    figures.unexplained.length + figures.duplicates + figures.invented + figures.rejected + figures.falseEnds.length ===
    0
  )
}

function chosen({ watching }: Stage, only: readonly string[] | undefined): Lane[] {
  const idle: readonly string[] = slots.filter((slot) => !watching.includes(slot))
  return lanes
    .filter(({ target }) => !idle.includes(target))
    .map(({ faults, ...lane }) => ({ ...lane, faults: faults.filter(({ name }) => only?.includes(name) ?? true) }))
    .filter(({ faults }) => faults.length > 0)
}

/** A lane's faults: each once, or any of them until the end. */
function* order({ faults }: Lane, random: Random, endMs: number | undefined) {
  if (endMs === undefined) yield* random.shuffled(faults)
  else while (performance.now() < endMs) yield random.pick(faults)
}
