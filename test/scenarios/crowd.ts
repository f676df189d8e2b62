/** Many clients of a story at once: they connect, lose their connections together, come back. */
import type { Connection, EndTold, Traits, World } from './world.ts'

export interface Crowd {
  readonly count: number
  readonly broker: string
  /** They connect spread over this span. */
  readonly fromMs: number
  readonly overMs: number
  readonly name?: string
  /** Share of them that observe themselves. */
  readonly observing?: number
  readonly traits?: Partial<Traits>
}

/** Lets so many clients connect. */
export function gather(world: World, crowd: Crowd): Connection[] {
  const { count, broker, fromMs, overMs, name = broker, observing = 0.3, traits = {} } = crowd
  return Array.from({ length: count }, (_, index) => {
    const observes = world.random() < observing
    const member = world.member(`${name}-${index}`, { broker, observes, ...traits })
    return world.begin(member, fromMs + world.between(0, overMs))
  })
}

/** Ends all of them within so long. */
export function endAll(
  world: World,
  connections: readonly Connection[],
  atMs: number,
  overMs: number,
  told: EndTold,
): void {
  for (const connection of connections) world.end(connection, atMs + world.between(0, overMs), told)
}

/** How many clients a story has on each of its brokers: more in a larger world. */
export function crowdSize(world: World): number {
  return Math.max(60, Math.round(world.size / 2))
}
