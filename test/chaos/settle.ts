/** After the faults: lets everything drain, stops the watchers, and counts. */
import { secondMs } from '../../domain/time.ts'
import type { Gap } from '../../domain/batch.ts'
import type { Stage } from './stage.ts'
import { type Blindness, type Disturbance, judge, type Verdict } from './verdict.ts'
import { clusterName, type Slot } from './watchers.ts'
import { keyOf, readWitness } from './witness.ts'

export interface Figures extends Verdict {
  /** Connections that clients made, and those of them that the broker's log lacks. */
  readonly connects: number
  readonly unwitnessed: number
  /** Ends of sessions that Keepwatch concluded. */
  readonly inferredEnds: number
  /** What the watchers told of times in which they were blind. */
  readonly gaps: readonly Gap[]
  /** Seconds in which all watchers were blind at once, by their own account. */
  readonly blindSeconds: number
  /** Messages, or parts of them, that could never be stored. */
  readonly rejected: number
}

/** The broker keeps lines for an absent watcher so long: what has not come by then does not come. */
const patienceMs = 30_000

/** Waits until all is stored, or cannot come any more; then judges. */
export async function settle(options: {
  readonly stage: Stage
  readonly fromMs: number
  readonly disturbances: readonly Disturbance[]
  readonly say: (line: string) => void
}): Promise<Figures> {
  const { stage, say } = options
  const { pipeline, broker, watching } = stage
  const deeds = await stage.fleet.stop()
  // Stamps are whole seconds: the one in which the last client left is judged, and over before a watcher is stopped.
  const untilMs = Math.ceil(Date.now() / secondMs) * secondMs
  await new Promise((done) => setTimeout(done, secondMs))
  say('all clients left')
  const look = async () => {
    const witness = readWitness(broker.log())
    const told = await pipeline.gaps(clusterName)
    const gaps = told.map(({ watcher, from, until }) => ({
      watcher,
      fromMs: Date.parse(from),
      untilMs: Date.parse(until),
    }))
    const events = await pipeline.storedEvents()
    const heard = events.filter(({ origin }) => origin !== 'inferred')
    const verdict = judge({
      ...witness,
      stored: heard.map(keyOf),
      concluded: events.flatMap(({ origin, clientId, connectedAt, at }) =>
        origin === 'inferred' && clientId !== undefined && connectedAt !== undefined
          ? [{ clientId, beganMs: Date.parse(connectedAt), atMs: Date.parse(at) }]
          : [],
      ),
      gaps,
      watchers: watching,
      disturbances: options.disturbances,
      span: { fromMs: options.fromMs, untilMs },
    })
    const connects = deeds.filter(({ did }) => did === 'connected')
    return {
      ...verdict,
      connects: connects.length,
      unwitnessed: connects.filter((deed) => !witness.connections.has(`${deed.clientId} ${deed.localPort}`)).length,
      inferredEnds: events.length - heard.length,
      gaps: told,
      blindSeconds: blindSeconds(gaps, watching),
      rejected: pipeline.rejected(),
    }
  }
  const deadlineMs = performance.now() + patienceMs
  for (;;) {
    await quiet(stage)
    const { unexplained } = await look()
    if (unexplained.length === 0 || performance.now() > deadlineMs) break
    await new Promise((done) => setTimeout(done, secondMs))
  }
  for (const slot of watching) {
    const code = await stage.watchers[slot].watcher.stop()
    say(`watcher ${slot} ended with ${code}`)
  }
  await quiet(stage)
  return look()
}

/** Waits until the queue is empty. */
async function quiet({ pipeline }: Stage): Promise<void> {
  for (let empty = 0; empty < 5; empty = pipeline.waiting() === 0 ? empty + 1 : 0) {
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** Time in which every watcher has a gap, counted once. */
function blindSeconds(gaps: readonly Blindness[], watching: readonly Slot[]): number {
  const edges = gaps.flatMap(({ watcher, fromMs, untilMs }) => [
    { watcher, atMs: fromMs, step: 1 },
    { watcher, atMs: untilMs, step: -1 },
  ])
  const depth = new Map<string, number>()
  let blindMs = 0
  let sinceMs = 0
  for (const { watcher, atMs, step } of edges.toSorted((one, other) => one.atMs - other.atMs)) {
    if (watching.every((slot) => (depth.get(slot) ?? 0) > 0)) blindMs += atMs - sinceMs
    depth.set(watcher, (depth.get(watcher) ?? 0) + step)
    sinceMs = atMs
  }
  return Math.round(blindMs / 100) / 10
}
