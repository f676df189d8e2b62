/** Stories of clients that come back before their broker noticed, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { Traits, World } from '../world.ts'

const hourMs = 3600 * secondMs

/** The path is gone for a moment: the client notices first, or is moved by its application, and takes itself over. */
function blips(world: World, hours: readonly number[], traits: Partial<Traits>, sinceReceivedMs = 91_000) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member('pump-4', traits)
  let connection = world.begin(member, world.beginMs)
  for (const hour of hours) {
    const atMs = world.beginMs + hour * hourMs + world.between(0, minuteMs)
    const next = world.begin(member, atMs)
    world.end(connection, atMs + 2, {
      cause: 'session_taken_over',
      sees: { cause: 'keepalive_timeout', atMs: atMs - world.between(900, 2500), evidence: { sinceReceivedMs } },
    })
    connection = next
  }
  return { of: 'client' as const, clientId: 'pump-4' }
}

export const stories: readonly Story[] = [
  {
    title: 'one blip, the client observes itself, its clock is a minute off',
    right: ['benign_takeover'],
    tell: (world) => blips(world, [3], { observes: true, clockMs: -61_000 }),
  },
  {
    title: 'three blips in a night, seen by the broker only',
    right: ['benign_takeover'],
    tell: (world) => blips(world, [1, 4, 4.5], { observes: false }),
  },
  {
    title: 'two blips of a client with a short keepalive',
    right: ['benign_takeover'],
    tell: (world) => blips(world, [2, 2.3], { observes: true, keepaliveSeconds: 15 }, 23_000),
  },
  {
    title: 'a second client with the id was switched on a minute ago',
    resembles: 'benign_takeover',
    right: ['duplicate_client_id'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const [one, other] = [world.member('pump-4', { broker: 'b1' }), world.member('pump-4', { broker: 'b1' })]
      let atMs = world.beginMs
      let connection = world.begin(one, atMs)
      atMs += 40 * minuteMs
      for (let time = 0; time < 30; time += 1) {
        const next = world.begin(time % 2 === 0 ? other : one, atMs)
        world.end(connection, atMs + 2, { cause: 'session_taken_over' })
        connection = next
        atMs += world.near(2060, 30)
      }
      return { of: 'client', clientId: 'pump-4' }
    },
  },
  {
    title: 'the broker noticed first: its keepalive was over',
    resembles: 'benign_takeover',
    right: ['client_stall', 'half_open', 'unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('pump-4', { observes: false })
      let atMs = world.beginMs
      for (let time = 0; time < 3; time += 1) {
        const connection = world.begin(member, atMs)
        atMs += world.between(20, 80) * minuteMs
        world.end(connection, atMs, { cause: 'keepalive_timeout' })
        atMs += world.between(5, 60) * secondMs
      }
      world.begin(member, atMs)
      return { of: 'client', clientId: 'pump-4' }
    },
  },
]
