/** Stories of processes with many clients that stood still, and of what looks like them. */
import type { ClientCause } from '../../../domain/client-cause.ts'
import type { Cause } from '../../../domain/cause.ts'
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 3600 * secondMs

/** A bridge with clients on all brokers; at each of these times all of them drop. */
function bridge(
  world: World,
  {
    clients = 24,
    observes,
    ends,
    stallMs = () => 0,
    processes = 1,
  }: {
    clients?: number
    observes: boolean
    ends: readonly [Cause, ClientCause]
    /** How long before the client the broker ended each. */
    stallMs?: () => number
    processes?: number
  },
) {
  world.fleet(world.beginMs + 2 * hourMs)
  const { address, process } = world.member('host')
  for (let index = 0; index < clients; index += 1) {
    const broker = world.brokers[index % world.brokers.length] ?? 'b1'
    const own = processes === 1 ? process : `${process}-${index % processes}`
    const member = world.member(`tag-${index}`, { address, process: own, observes, broker, clockMs: 25_000 })
    let connection = world.begin(member, world.beginMs + world.between(0, 30_000))
    for (const atMs of [world.beginMs + 30 * minuteMs, world.beginMs + 70 * minuteMs]) {
      const [cause, sees] = ends
      const seenMs = atMs + world.between(0, 700)
      const earlierMs = stallMs()
      world.end(connection, seenMs - earlierMs, {
        cause,
        sees: {
          cause: sees,
          atMs: seenMs,
          evidence: { sinceReceivedMs: Math.round(earlierMs > 0 ? earlierMs + 91_000 : world.between(0, 40_000)) },
        },
      })
      connection = world.begin(member, seenMs + world.between(1000, 2500))
    }
  }
}

export const stories: readonly Story[] = [
  {
    title: 'a process that is restarted, seen by the brokers only; asked of the cluster',
    right: ['process_stall'],
    tell: (world) => {
      bridge(world, { clients: 36, observes: false, ends: ['network_eof', 'local_destroy'] })
      return { of: 'cluster' }
    },
  },
  {
    title: 'a process whose event loop was blocked for minutes, which observes itself',
    right: ['process_stall'],
    tell: (world) => {
      bridge(world, {
        observes: true,
        ends: ['keepalive_timeout', 'tcp_fin'],
        stallMs: () => world.between(20_000, 110_000),
      })
      return { of: 'cluster' }
    },
  },
  {
    title: 'ten clients of a process that observes itself, which is restarted',
    right: ['process_stall'],
    tell: (world) => {
      bridge(world, { clients: 10, observes: true, ends: ['network_reset', 'tcp_reset'] })
      return { of: 'cluster' }
    },
  },
  {
    // Where nobody else is on its broker, that may as well have been restarted.
    title: 'the same with forty clients, asked of one of them',
    right: ['process_stall', 'broker_restart', 'unknown'],
    tell: (world) => {
      bridge(world, { clients: 40, observes: true, ends: ['network_reset', 'tcp_reset'] })
      return { of: 'client', clientId: 'tag-7' }
    },
  },
  {
    title: 'a site loses its line, seen by the brokers only: nobody can tell',
    resembles: 'process_stall',
    right: ['unknown', 'process_stall'],
    tell: (world) => {
      bridge(world, { observes: false, ends: ['network_eof', 'tcp_reset'], processes: 24 })
      return { of: 'cluster' }
    },
  },
  {
    title: 'a site loses its line: clients of many processes behind one address',
    resembles: 'process_stall',
    right: ['unknown', 'client_stall'],
    tell: (world) => {
      bridge(world, { observes: true, ends: ['network_eof', 'tcp_reset'], processes: 24 })
      return { of: 'cluster' }
    },
  },
  {
    title: 'a broker restarts, and with others a process of forty clients drops',
    resembles: 'process_stall',
    right: ['broker_restart', 'reconnect_storm'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const { address, process } = world.member('host')
      const atMs = world.beginMs + 30 * minuteMs
      for (let index = 0; index < 120; index += 1) {
        const own = index < 40 ? { address, process, observes: true } : {}
        const member = world.member(`tag-${index}`, { broker: 'b1', ...own })
        const connection = world.begin(member, world.beginMs + world.between(0, 30_000))
        const endMs = atMs + world.between(0, 500)
        world.end(connection, endMs, { cause: 'server_shutdown', sees: { cause: 'tcp_fin' } })
        world.begin(member, atMs + 5000 + world.between(0, 20_000))
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
]
