/** Stories of idle limits on the path, and of what looks like one. */
import { secondMs } from '../../../domain/time.ts'
import { repeat } from '../repeat.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 3600 * secondMs

/** A client that sends nothing of its own is cut again and again at an age. */
function cutAt(
  world: World,
  {
    limitMs,
    keepaliveSeconds,
    observes,
    times = 12,
    clientId = 'meter-7',
  }: { limitMs: () => number; keepaliveSeconds: number; observes: boolean; times?: number; clientId?: string },
) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member(clientId, { keepaliveSeconds, observes })
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    const connection = world.begin(member, atMs)
    const age = limitMs()
    atMs += age
    world.end(connection, atMs, {
      cause: 'network_eof',
      sees: {
        cause: 'tcp_fin',
        evidence: { sinceReceivedMs: Math.round(age - 20), sinceSentMs: Math.round(age - 40) },
      },
    })
    atMs += world.between(1000, 1100)
  }
  return { of: 'client' as const, clientId }
}

export const stories: readonly Story[] = [
  {
    title: 'a network load balancer cuts at 350 s; keepalive 400 s',
    right: ['idle_timeout'],
    tell: (world) =>
      cutAt(world, { limitMs: () => world.between(349_000, 352_000), keepaliveSeconds: 400, observes: false }),
  },
  {
    title: 'nginx cuts at 60 s; keepalive 60 s, the client observes itself',
    right: ['idle_timeout'],
    tell: (world) =>
      cutAt(world, { limitMs: () => world.between(60_000, 61_000), keepaliveSeconds: 60, observes: true }),
  },
  {
    title: 'a limit nobody knows, 3 min; keepalive 5 min; four ends only',
    right: ['idle_timeout'],
    tell: (world) =>
      cutAt(world, { limitMs: () => world.near(180_000, 400), keepaliveSeconds: 300, observes: false, times: 4 }),
  },
  {
    title: 'ends at all ages by a bad network: no limit',
    resembles: 'idle_timeout',
    right: ['unknown', 'client_stall', 'changing_network'],
    tell: (world) =>
      cutAt(world, { limitMs: () => -Math.log(1 - world.random()) * 300_000, keepaliveSeconds: 400, observes: false }),
  },
  {
    title: 'ends at one age, but the keepalive is far shorter: it was never idle',
    resembles: 'idle_timeout',
    right: ['unknown'],
    tell: (world) =>
      cutAt(world, { limitMs: () => world.between(349_000, 352_000), keepaliveSeconds: 30, observes: false }),
  },
  {
    title: 'a page behind Cloudflare: its WebSocket is cut at 100 s',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('page-1', { keepaliveSeconds: 120, observes: true, transport: 'wss' })
      repeat(world, member, {
        times: 9,
        fromMs: world.beginMs,
        ageMs: () => world.between(100_000, 101_000),
        told: () => ({ cause: 'network_eof', sees: { cause: 'ws_close', code: 1006, evidence: { hidden: false } } }),
      })
      return { of: 'client', clientId: 'page-1' }
    },
  },
  {
    title: 'idle ones are cut at an odd limit, busy ones and those that ping live on; asked of the broker',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const limitMs = 90_000
      for (let index = 0; index < 6; index += 1) {
        const idle = world.member(`idle-${index}`, { broker: 'b1', keepaliveSeconds: 120 })
        const told = () => ({ cause: 'network_eof' as const })
        const ageMs = () => limitMs + world.between(0, 900)
        repeat(world, idle, { times: 12, fromMs: world.beginMs + world.between(0, 300_000), ageMs, told })
        for (const [name, keepaliveSeconds] of [
          ['busy', 120],
          ['pinging', 45],
        ] as const) {
          const member = world.member(`${name}-${index}`, { broker: 'b1', keepaliveSeconds })
          const connection = world.begin(member, world.beginMs)
          world.end(connection, world.beginMs + world.between(3_000_000, 9_000_000), { cause: 'client_requested' })
        }
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the time since the last packet shows the limit, not the age',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('meter-7', { keepaliveSeconds: 600, observes: true })
      repeat(world, member, {
        times: 8,
        fromMs: world.beginMs,
        ageMs: () => 350_000 + world.between(100_000, 3_000_000),
        told: () => {
          const idleMs = Math.round(350_000 + world.between(0, 900))
          return {
            cause: 'network_reset',
            sees: { cause: 'tcp_reset', evidence: { sinceReceivedMs: idleMs, sinceSentMs: idleMs + 30 } },
          }
        },
      })
      return { of: 'client', clientId: 'meter-7' }
    },
  },
  {
    title: 'a script runs for 60 s each hour and dies without a goodbye',
    resembles: 'idle_timeout',
    right: ['unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const told = () => ({ cause: 'network_eof' as const })
      repeat(world, world.member('script-1'), {
        times: 10,
        fromMs: world.beginMs,
        ageMs: () => world.between(60_000, 60_600),
        awayMs: () => 3_540_000,
        told,
      })
      return { of: 'client', clientId: 'script-1' }
    },
  },
  {
    title: 'a device wakes every two minutes and cuts its own power after 40 s',
    resembles: 'idle_timeout',
    right: ['unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('logger-1', { keepaliveSeconds: 120 })
      for (let round = 0; round < 60; round += 1) {
        const connection = world.begin(member, world.beginMs + round * 120_000 + world.between(0, 200))
        world.end(connection, connection.beganMs + world.between(40_000, 40_300), { cause: 'network_eof' })
      }
      return { of: 'client', clientId: 'logger-1' }
    },
  },
  {
    title: 'thirty clients that began together are lost together, an hour later',
    resembles: 'idle_timeout',
    // Where nobody else is on the broker, all were lost.
    right: ['unknown', 'broker_restart'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const cutMs = world.beginMs + hourMs
      for (let index = 0; index < 30; index += 1) {
        const member = world.member(`bus-${index}`, { broker: 'b1', keepaliveSeconds: 7200 })
        const lost = world.begin(member, world.beginMs + world.between(0, 900))
        world.end(lost, cutMs + world.between(0, 900), { cause: 'network_reset' })
        world.begin(member, cutMs + world.between(30_000, 40_000))
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'cut at one age while it sends all the time: something else counts',
    resembles: 'idle_timeout',
    right: ['unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('camera-2', { keepaliveSeconds: 120, observes: true })
      const evidence = { sinceReceivedMs: 700, sinceSentMs: 120, publishesSent: 900 }
      repeat(world, member, {
        times: 9,
        fromMs: world.beginMs,
        ageMs: () => world.between(100_000, 100_900),
        told: () => ({ cause: 'network_eof', sees: { cause: 'tcp_fin', evidence } }),
      })
      return { of: 'client', clientId: 'camera-2' }
    },
  },
]
