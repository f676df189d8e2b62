/** One client whose sessions end again and again: how long each lasts, how it ends, how long it stays away. */
import type { Connection, EndTold, Member, World } from './world.ts'

export interface Repeated {
  readonly times: number
  readonly fromMs: number
  readonly ageMs: () => number
  /** Of each end; told the connection and when it ends. */
  readonly told: (connection: Connection, endMs: number) => EndTold
  /** Until it is back; without: its reconnect period and a little. */
  readonly awayMs?: () => number
  readonly address?: () => string
}

/** Tells the sessions; gives when the last one ended. */
export function repeat(world: World, member: Member, repeated: Repeated): number {
  const {
    times,
    fromMs,
    ageMs,
    told,
    awayMs = () => member.reconnectPeriodMs + world.between(5, 120),
    address,
  } = repeated
  let atMs = fromMs
  for (let time = 0; time < times; time += 1) {
    const peer = address === undefined ? undefined : `${address()}:${Math.floor(world.between(20_000, 60_000))}`
    const connection = world.begin(member, atMs, peer === undefined ? {} : { peer })
    atMs += ageMs()
    world.end(connection, atMs, told(connection, atMs))
    atMs += awayMs()
  }
  world.begin(member, atMs)
  return atMs
}

/** Ages without a common limit. A broker that reckons rightly gives nobody up before 1.5 times the keepalive. */
export const anyAge =
  (world: World, meanMs: number, leastMs = 100_000) =>
  (): number =>
    leastMs - Math.log(1 - world.random()) * meanMs
