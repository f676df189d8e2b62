/** Stories of clients that come back all at once again and again, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import { crowdSize, endAll, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

/** All drop; each comes back after its fixed period, and most are thrown out or refused again, several times. */
function storm(world: World, { periodMs, rounds, refusing }: { periodMs: number; rounds: number; refusing: boolean }) {
  const count = 2 * crowdSize(world)
  const fromMs = world.beginMs - 9 * minuteMs
  const held = gather(world, {
    count,
    broker: 'b1',
    fromMs,
    overMs: 2 * minuteMs,
    traits: { reconnectPeriodMs: periodMs },
  })
  for (const broker of ['b2', 'b3']) gather(world, { count, broker, fromMs, overMs: 2 * minuteMs })
  world.fleet(world.beginMs + 30 * minuteMs)
  const blowMs = world.beginMs + 12 * minuteMs
  endAll(world, held, blowMs, 800, { cause: 'network_eof', sees: { cause: 'tcp_fin' } })
  for (const { member } of held) {
    let atMs = blowMs + world.between(0, 800)
    for (let round = 0; round < rounds; round += 1) {
      atMs += periodMs + world.between(0, 60)
      if (refusing && world.random() < 0.5) {
        world.refuse(member, atMs, { cause: 'server_error', code: 3, sees: { cause: 'connack_refused', code: 3 } })
        continue
      }
      const connection = world.begin(member, atMs)
      atMs += world.between(1500, 25_000)
      world.end(connection, atMs, { cause: 'network_eof', sees: { cause: 'tcp_fin' } })
    }
    world.begin(member, atMs + periodMs + world.between(0, 60))
  }
  world.begin(world.member('latecomer', { broker: 'b2' }), world.beginMs + 28 * minuteMs)
}

/** All drop once and come back once. */
function comeBack(world: World, told: 'server_shutdown' | 'network_eof') {
  const count = 2 * crowdSize(world)
  const fromMs = world.beginMs - 9 * minuteMs
  const held = gather(world, { count, broker: 'b1', fromMs, overMs: 2 * minuteMs })
  for (const broker of ['b2', 'b3']) gather(world, { count, broker, fromMs, overMs: 2 * minuteMs })
  world.fleet(world.beginMs + 30 * minuteMs)
  const atMs = world.beginMs + 12 * minuteMs
  endAll(world, held, atMs, 800, { cause: told, sees: { cause: 'tcp_fin' } })
  for (const { member } of held) world.begin(member, atMs + 5 * secondMs + world.between(0, 300))
}

export const stories: readonly Story[] = [
  {
    title: 'a broker that comes back is thrown down by its clients, each second anew',
    right: ['reconnect_storm'],
    tell: (world) => {
      storm(world, { periodMs: 1000, rounds: 4, refusing: true })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same with minutes only',
    right: ['reconnect_storm'],
    minutesOnly: true,
    tell: (world) => {
      storm(world, { periodMs: 1000, rounds: 4, refusing: true })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a period of five seconds, asked of the cluster with minutes only',
    right: ['reconnect_storm'],
    minutesOnly: true,
    tell: (world) => {
      storm(world, { periodMs: 5000, rounds: 3, refusing: false })
      return { of: 'cluster' }
    },
  },
  {
    title: 'the broker tells no ends: they connect again and again, minutes only',
    right: ['reconnect_storm'],
    minutesOnly: true,
    tell: (world) => {
      const count = 2 * crowdSize(world)
      const held = gather(world, { count, broker: 'b1', fromMs: world.beginMs - 9 * minuteMs, overMs: 2 * minuteMs })
      for (const { member } of held) {
        for (let time = 1; time < 6; time += 1) {
          world.begin(member, world.beginMs + 12 * minuteMs + time * world.between(9000, 11_000))
        }
      }
      world.gauge('b1', 'connected', world.beginMs, count)
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'all come back in the same second, but only once',
    resembles: 'reconnect_storm',
    right: ['broker_restart'],
    tell: (world) => {
      comeBack(world, 'server_shutdown')
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same with minutes only, and no reason',
    resembles: 'reconnect_storm',
    right: ['broker_restart'],
    minutesOnly: true,
    tell: (world) => {
      comeBack(world, 'network_eof')
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'two clients that fight over an id connect as often as all others',
    resembles: 'reconnect_storm',
    right: ['duplicate_client_id'],
    tell: (world) => {
      gather(world, {
        count: crowdSize(world),
        broker: 'b1',
        fromMs: world.beginMs - 9 * minuteMs,
        overMs: 2 * minuteMs,
      })
      const pair = [1, 2].map(() => world.member('twin', { broker: 'b1' }))
      let atMs = world.beginMs
      let held = world.begin(pair[0] ?? world.member('twin'), atMs)
      for (let time = 1; time < 300; time += 1) {
        atMs += world.near(1060, 20)
        const next = world.begin(pair[time % 2] ?? world.member('twin'), atMs)
        world.end(held, atMs + 2, { cause: 'session_taken_over' })
        held = next
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
]
