/** Stories of brokers that stand still or set their clock, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { Traits, World } from '../world.ts'

const hourMs = 60 * minuteMs

interface Told {
  readonly count: number
  readonly spreadMs: number
  readonly ageMs: number
  readonly awayMs: readonly [number, number]
  readonly traits?: Partial<Traits>
  readonly times?: number
}

/** Many clients time out together; they are back at once, or not. */
function together(world: World, { count, spreadMs, ageMs, awayMs, traits = {}, times = 1 }: Told) {
  world.fleet(world.beginMs + 4 * hourMs)
  let atMs = world.beginMs + hourMs
  for (let time = 0; time < times; time += 1) {
    const connections = gather(world, {
      count,
      broker: 'b1',
      fromMs: atMs - ageMs,
      overMs: ageMs / 2,
      traits,
      name: `line-${time}`,
    })
    for (const connection of connections) {
      const endMs = atMs + world.between(0, spreadMs)
      const evidence = {
        sinceReceivedMs: Math.round(world.between(100, 800 * connection.member.keepaliveSeconds)),
        sinceSentMs: Math.round(world.between(100, 800 * connection.member.keepaliveSeconds)),
      }
      world.end(connection, endMs, { cause: 'keepalive_timeout', sees: { cause: 'tcp_fin', evidence } })
      world.begin(connection.member, endMs + world.between(awayMs[0], awayMs[1]))
    }
    atMs += hourMs
  }
  return { of: 'broker' as const, broker: 'b1' }
}
const clockJump = { spreadMs: 900, ageMs: 40 * minuteMs, awayMs: [1000, 2500] } as const

export const stories: readonly Story[] = [
  {
    title: 'the clock of the broker is set forward: all clients time out and are back',
    right: ['broker_stall'],
    tell: (world) => together(world, { ...clockJump, count: Math.max(12, world.size / 8) }),
  },
  {
    title: 'its virtual machine is paused three times; sessions are young',
    resembles: 'broker_keepalive_defect',
    right: ['broker_stall'],
    tell: (world) =>
      together(world, { ...clockJump, ageMs: 40_000, count: 9, times: 3, traits: { keepaliveSeconds: 120 } }),
  },
  {
    title: 'only minutes are left of it',
    right: ['broker_stall'],
    minutesOnly: true,
    tell: (world) => together(world, { ...clockJump, count: Math.max(20, world.size / 4) }),
  },
  {
    title: 'the same, asked of one of its clients',
    resembles: 'client_stall',
    right: ['broker_stall'],
    tell: (world) => {
      together(world, { ...clockJump, count: 15 })
      return { of: 'client', clientId: 'line-0-3' }
    },
  },
  {
    title: 'asked of a client with a keepalive of 5 s, as all of them have',
    resembles: 'keepalive_too_short',
    right: ['broker_stall'],
    tell: (world) => {
      together(world, { ...clockJump, count: 15, traits: { keepaliveSeconds: 5 } })
      return { of: 'client', clientId: 'line-0-3' }
    },
  },
  {
    title: 'a site loses its power: its clients time out one after the other and stay away',
    resembles: 'broker_stall',
    right: ['unknown', 'client_stall', 'half_open', 'changing_network'],
    tell: (world) =>
      together(world, {
        count: 14,
        spreadMs: 60_000,
        ageMs: 40 * minuteMs,
        awayMs: [1_800_000, 1_900_000],
        traits: { address: '10.9.9.9' },
      }),
  },
  {
    title: 'only minutes are left of the site without power',
    resembles: 'broker_stall',
    right: ['unknown'],
    minutesOnly: true,
    tell: (world) =>
      together(world, {
        count: 14,
        spreadMs: 60_000,
        ageMs: 40 * minuteMs,
        awayMs: [1_800_000, 1_900_000],
        traits: { address: '10.9.9.9' },
      }),
  },
  {
    title: 'one gateway with many connections freezes',
    resembles: 'broker_stall',
    right: ['unknown', 'process_stall', 'client_stall'],
    tell: (world) =>
      together(world, {
        count: 14,
        spreadMs: 900,
        ageMs: 40 * minuteMs,
        awayMs: [40_000, 41_000],
        traits: { address: '10.9.9.9', process: 'gateway' },
      }),
  },
]
