/** Stories of connections that outlive their client for want of a keepalive, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { anyAge } from '../repeat.ts'
import type { Story } from '../story.ts'
import type { Traits, World } from '../world.ts'

const hourMs = 60 * minuteMs

/** The link dies without a word; the client comes back, the broker holds the old connection until then or longer. */
function deadLinks(
  world: World,
  {
    times,
    traits,
    deadMs,
    heldMs,
  }: { times: number; traits: Partial<Traits>; deadMs: () => number; heldMs?: () => number },
) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member('truck-6', { broker: 'b1', ...traits })
  const age = anyAge(world, 1_800_000)
  let connection = world.begin(member, world.beginMs)
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    const lostMs = atMs + age()
    atMs = lostMs + deadMs()
    const next = world.begin(member, atMs)
    const sees = {
      cause: 'tcp_reset' as const,
      atMs: atMs - world.between(900, 1100),
      evidence: { sinceReceivedMs: Math.round(atMs - lostMs) },
    }
    world.end(connection, heldMs === undefined ? atMs + 2 : atMs + heldMs(), {
      cause: heldMs === undefined ? 'session_taken_over' : 'network_reset',
      sees,
    })
    connection = next
  }
  return { of: 'client' as const, clientId: 'truck-6' }
}
const halfAnHour = (world: World) => () => world.between(900_000, 2_400_000)

export const stories: readonly Story[] = [
  {
    title: 'keepalive 0 on a truck: half an hour later it takes its dead connection over; it observes itself',
    right: ['keepalive_too_long'],
    tell: (world) =>
      deadLinks(world, { times: 4, traits: { keepaliveSeconds: 0, observes: true }, deadMs: halfAnHour(world) }),
  },
  {
    title: 'keepalive of an hour; only the broker tells',
    right: ['keepalive_too_long'],
    tell: (world) => deadLinks(world, { times: 5, traits: { keepaliveSeconds: 3600 }, deadMs: halfAnHour(world) }),
  },
  {
    title: 'keepalive 0 on a broker that keeps both connections for an hour',
    right: ['keepalive_too_long'],
    tell: (world) =>
      deadLinks(world, {
        times: 3,
        traits: { keepaliveSeconds: 0, observes: true },
        deadMs: halfAnHour(world),
        heldMs: () => world.between(3_000_000, 3_600_000),
      }),
  },
  {
    title: 'the same take-overs with a keepalive of 60 s: back before the broker noticed',
    resembles: 'keepalive_too_long',
    right: ['benign_takeover', 'unknown', 'changing_network', 'half_open'],
    tell: (world) =>
      deadLinks(world, { times: 3, traits: { keepaliveSeconds: 60 }, deadMs: () => world.between(20_000, 70_000) }),
  },
  {
    title: 'two clients with one id fight; neither has a keepalive',
    resembles: 'keepalive_too_long',
    right: ['duplicate_client_id', 'forked_client_id'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const one = world.member('truck-6', { broker: 'b1', keepaliveSeconds: 0 })
      const other = world.member('truck-6', { broker: 'b1', keepaliveSeconds: 0 })
      let connection = world.begin(one, world.beginMs)
      for (let time = 1; time <= 30; time += 1) {
        const atMs = world.beginMs + time * 1050
        const next = world.begin(time % 2 === 0 ? one : other, atMs)
        world.end(connection, atMs + 2, { cause: 'session_taken_over' })
        connection = next
      }
      return { of: 'client', clientId: 'truck-6' }
    },
  },
]
