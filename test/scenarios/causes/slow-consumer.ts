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

/** It receives a hundred messages a second, and times out. Drops are counted each minute. */
function busy(world: World, { dropsBefore }: { dropsBefore: boolean }) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member('dashboard', { broker: 'b1', observes: true, keepaliveSeconds: 60 })
  const ends: number[] = []
  let atMs = world.beginMs
  for (let time = 0; time < 6; time += 1) {
    const connection = world.begin(member, atMs)
    const lastsMs = world.between(15, 40) * minuteMs
    atMs += lastsMs
    const evidence = { publishesReceived: Math.round(lastsMs / 10), sinceReceivedMs: 40, sinceSentMs: 91_000 }
    world.end(connection, atMs, { cause: 'keepalive_timeout', sees: { cause: 'tcp_fin', evidence } })
    ends.push(atMs)
    atMs += 1050
  }
  let count = 900
  for (let tickMs = world.beginMs; tickMs < atMs; tickMs += minuteMs) {
    const isFilling = ends.some((endMs) => tickMs <= endMs && tickMs > endMs - 4 * minuteMs)
    if (isFilling || !dropsBefore) count += Math.round(world.between(500, 2000))
    world.gauge('b1', 'dropped_total', tickMs, count)
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
  {
    title: 'mosquitto names no queue: it drops messages until the busiest receiver times out',
    right: ['slow_consumer'],
    tell: (world) => {
      busy(world, { dropsBefore: true })
      return { of: 'client', clientId: 'dashboard' }
    },
  },
  {
    title: 'messages are dropped all day, for others; the busiest receiver times out on a bad line',
    resembles: 'slow_consumer',
    right: ['unknown', 'client_stall', 'changing_network', 'half_open'],
    tell: (world) => {
      busy(world, { dropsBefore: false })
      return { of: 'client', clientId: 'dashboard' }
    },
  },
]
