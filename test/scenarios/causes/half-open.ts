/** Stories of connections that only one side knew to be gone, and of what looks like them. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { Traits, World } from '../world.ts'

const hourMs = 3600 * secondMs

/** A NAT forgets the connection: the broker times it out; the client, which only publishes, notices later. */
function forget(
  world: World,
  { laterMs, times, ...traits }: { laterMs: () => number; times: number } & Partial<Traits>,
) {
  world.fleet(world.beginMs + 2 * hourMs)
  const member = world.member('tracker-1', { observes: true, clockMs: 30_000, ...traits })
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    const connection = world.begin(member, atMs)
    atMs += world.between(20, 90) * minuteMs
    const seenMs = atMs + laterMs()
    const sinceReceivedMs = Math.round(seenMs - atMs + 1500 * member.keepaliveSeconds)
    world.end(connection, atMs, {
      cause: 'keepalive_timeout',
      sees: { cause: 'keepalive_timeout', atMs: seenMs, evidence: { sinceReceivedMs } },
    })
    atMs = seenMs + world.between(1000, 1100)
  }
  world.begin(member, atMs)
  return { of: 'client' as const, clientId: 'tracker-1' }
}

export const stories: readonly Story[] = [
  {
    title: 'a tracker that notices minutes later, three times',
    right: ['half_open'],
    tell: (world) => forget(world, { laterMs: () => world.between(90_000, 200_000), times: 3 }),
  },
  {
    title: 'once, with a keepalive of twenty seconds',
    right: ['half_open'],
    tell: (world) => forget(world, { laterMs: () => world.between(40_000, 90_000), times: 1, keepaliveSeconds: 20 }),
  },
  {
    title: 'a client whose keepalive is 0 notices when it writes, hours later',
    right: ['half_open', 'keepalive_too_long'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('tracker-1', { observes: true, keepaliveSeconds: 0 })
      let atMs = world.beginMs
      for (let time = 0; time < 2; time += 1) {
        const connection = world.begin(member, atMs)
        atMs += world.between(2, 5) * hourMs
        const seenMs = atMs + world.between(0.5, 2) * hourMs
        world.end(connection, atMs, {
          cause: 'network_reset',
          sees: { cause: 'tcp_reset', atMs: seenMs, evidence: { sinceReceivedMs: Math.round(seenMs - atMs) } },
        })
        atMs = seenMs + 1000
      }
      world.begin(member, atMs)
      return { of: 'client', clientId: 'tracker-1' }
    },
  },
  {
    title: 'a laptop that slept finds its connection closed when it wakes',
    resembles: 'half_open',
    right: ['client_stall', 'process_stall'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('laptop-1', { observes: true })
      let atMs = world.beginMs
      for (let time = 0; time < 4; time += 1) {
        const connection = world.begin(member, atMs)
        atMs += world.between(10, 60) * minuteMs
        const seenMs = atMs + world.between(10, 50) * minuteMs
        world.end(connection, atMs, {
          cause: 'keepalive_timeout',
          sees: {
            cause: 'tcp_fin',
            atMs: seenMs,
            evidence: { sinceReceivedMs: Math.round(seenMs - atMs + 80_000), sinceSentMs: Math.round(seenMs - atMs) },
          },
        })
        atMs = seenMs + 1000
      }
      return { of: 'client', clientId: 'laptop-1' }
    },
  },
  {
    title: 'both sides miss each other at the same time',
    resembles: 'half_open',
    right: ['client_stall', 'unknown'],
    tell: (world) => forget(world, { laterMs: () => world.between(-3000, 3000), times: 3 }),
  },
  {
    title: 'the client noticed first, and came back before the broker did',
    resembles: 'half_open',
    right: ['benign_takeover'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('tracker-1', { observes: true })
      const connection = world.begin(member, world.beginMs)
      const atMs = world.beginMs + 50 * minuteMs
      world.begin(member, atMs)
      world.end(connection, atMs + 1, {
        cause: 'session_taken_over',
        sees: { cause: 'keepalive_timeout', atMs: atMs - 4000, evidence: { sinceReceivedMs: 95_000 } },
      })
      return { of: 'client', clientId: 'tracker-1' }
    },
  },
  {
    title: 'one of several clients of a process that is alive never notices; asked of the broker',
    right: ['half_open', 'unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const { process, address } = world.member('host')
      for (let index = 0; index < 6; index += 1) {
        const member = world.member(`probe-${index}`, { broker: 'b1', observes: true, process, address, clockMs: 9000 })
        const connection = world.begin(member, world.beginMs + world.between(0, 60_000))
        const atMs = world.beginMs + (20 + 4 * index) * minuteMs
        if (index === 0) world.end(connection, atMs, { cause: 'keepalive_timeout' })
        else world.end(connection, atMs, { cause: 'client_requested', sees: { cause: 'local_end' } })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a device is unplugged: nobody is left to notice',
    resembles: 'half_open',
    right: ['client_stall', 'unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('tracker-1', { observes: true })
      const connection = world.begin(member, world.beginMs)
      world.end(connection, world.beginMs + 40 * minuteMs, { cause: 'keepalive_timeout' })
      return { of: 'client', clientId: 'tracker-1' }
    },
  },
]
