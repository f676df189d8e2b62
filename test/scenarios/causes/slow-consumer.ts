/** Stories of clients that take messages too slowly, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'
import type { Cause } from '../../../domain/cause.ts'

const hourMs = 60 * minuteMs

interface Flood {
  readonly cause: Cause
  readonly reason?: string
  readonly code?: number
  readonly dropped?: boolean
  readonly observes?: boolean
}

/** Every few minutes the queue of a client runs over and the broker throws it out. */
function flood(world: World, { cause, reason = cause, code, dropped = false, observes = false }: Flood) {
  world.fleet(world.beginMs + hourMs)
  const member = world.member('archive', { broker: 'b1', observes })
  let atMs = world.beginMs
  let count = 4000
  if (dropped) world.gauge('b1', 'dropped_total', world.beginMs - 9 * minuteMs, count)
  for (let time = 0; time < 12; time += 1) {
    const connection = world.begin(member, atMs)
    const lastsMs = world.between(1, 7) * minuteMs
    atMs += lastsMs
    count += Math.round(world.between(200, 2000))
    if (dropped) world.gauge('b1', 'dropped_total', atMs, count)
    world.end(connection, atMs, {
      cause,
      reason,
      ...(code === undefined ? {} : { reasonCode: code }),
      sees: { cause: 'tcp_fin', evidence: { publishesReceived: Math.round(lastsMs / 4), publishesSent: 0 } },
    })
    atMs += 1050
  }
}

export const stories: readonly Story[] = [
  {
    title: 'EMQX: the queue of an archive is full',
    right: ['slow_consumer'],
    tell: (world) => {
      flood(world, { cause: 'server_error', reason: 'mqueue_overflow', observes: true })
      return { of: 'client', clientId: 'archive' }
    },
  },
  {
    title: 'a quota was exceeded while the broker drops messages',
    right: ['slow_consumer'],
    tell: (world) => {
      flood(world, { cause: 'quota_exceeded', code: 0x97, dropped: true })
      return { of: 'client', clientId: 'archive' }
    },
  },
  {
    title: 'the same, asked of the broker with minutes only',
    right: ['slow_consumer'],
    minutesOnly: true,
    tell: (world) => {
      flood(world, { cause: 'quota_exceeded', dropped: true })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'it sends more than it may: that is not its queue',
    resembles: 'slow_consumer',
    right: ['flow_control_violation'],
    tell: (world) => {
      flood(world, { cause: 'quota_exceeded', code: 0x93, dropped: true })
      return { of: 'client', clientId: 'archive' }
    },
  },
  {
    title: 'messages are dropped, for others; the client ends for no reason',
    resembles: 'slow_consumer',
    right: ['unknown', 'changing_network', 'client_stall'],
    tell: (world) => {
      flood(world, { cause: 'network_eof', dropped: true })
      return { of: 'client', clientId: 'archive' }
    },
  },
]
