/** Stories of processes of one host that share an id, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { Traits, World } from '../world.ts'

const hourMs = 3600 * secondMs

/** Each worker is thrown out by the next one, and back after its reconnect period. */
function share(world: World, workers: number, traits: Partial<Traits>, { seconds = 60, sameProcess = false } = {}) {
  world.fleet(world.beginMs + hourMs)
  const host = world.member('worker', { broker: 'b2', ...traits })
  const members = Array.from({ length: workers }, (_, index) => ({
    ...host,
    process: sameProcess ? host.process : `w${index}`,
  }))
  const waiting = members.map((member) => ({ member, atMs: world.beginMs + world.between(0, 1000) }))
  let holder: ReturnType<World['begin']> | undefined
  while ((waiting[0]?.atMs ?? 0) < world.beginMs + seconds * secondMs) {
    waiting.sort((a, b) => a.atMs - b.atMs)
    const next = waiting.shift()
    if (next === undefined) break
    const connection = world.begin(next.member, next.atMs)
    if (holder !== undefined) {
      world.end(holder, next.atMs + 2, { cause: 'session_taken_over', sees: { cause: 'tcp_fin' } })
      waiting.push({ member: holder.member, atMs: next.atMs + world.near(host.reconnectPeriodMs + 8, 4) })
    }
    holder = connection
  }
  return { of: 'client' as const, clientId: 'worker' }
}

export const stories: readonly Story[] = [
  {
    title: 'four workers of a cluster, seen by the broker only',
    right: ['forked_client_id'],
    tell: (world) => share(world, 4, {}),
  },
  {
    title: 'two browser tabs that observe themselves',
    right: ['forked_client_id'],
    tell: (world) => share(world, 2, { observes: true, transport: 'wss', reconnectPeriodMs: 2000 }),
  },
  {
    title: 'one process that connects again without ending the old client; asked of the broker',
    right: ['forked_client_id'],
    tell: (world) => {
      share(world, 2, { observes: true, reconnectPeriodMs: 5000 }, { sameProcess: true, seconds: 300 })
      return { of: 'broker', broker: 'b2' }
    },
  },
  {
    title: 'three sites with one configuration, each from its own address',
    resembles: 'forked_client_id',
    right: ['duplicate_client_id'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const sites = Array.from({ length: 3 }, () => world.member('site', { broker: 'b1' }))
      let atMs = world.beginMs
      let holder: ReturnType<World['begin']> | undefined
      for (let time = 0; time < 60; time += 1) {
        const site = sites[time % 3]
        if (site === undefined) break
        const connection = world.begin(site, atMs)
        if (holder !== undefined) world.end(holder, atMs + 2, { cause: 'session_taken_over' })
        holder = connection
        atMs += world.near(520, 10)
      }
      return { of: 'client', clientId: 'site' }
    },
  },
  {
    title: 'one client behind a bad line takes itself over now and then',
    resembles: 'forked_client_id',
    right: ['benign_takeover'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('pump-5')
      let atMs = world.beginMs
      let connection = world.begin(member, atMs)
      for (let time = 0; time < 6; time += 1) {
        atMs += world.between(10, 90) * minuteMs
        const next = world.begin(member, atMs)
        world.end(connection, atMs + 1, { cause: 'session_taken_over' })
        connection = next
      }
      return { of: 'client', clientId: 'pump-5' }
    },
  },
]
