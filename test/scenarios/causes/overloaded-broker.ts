/** Stories of a broker that carries too much, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import { crowdSize, endAll, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { Connection, World } from '../world.ts'

const hourMs = 60 * minuteMs

interface Strain {
  /** Clients of b1 against those of another. */
  readonly times: number
  readonly cpuPercent?: number
  readonly observing?: number
}

/** For an hour it closes connections here and there, for no reason; some attempts are given up, connects are slow. */
function strain(world: World, { times, cpuPercent, observing = 0.3 }: Strain): Connection[] {
  const count = crowdSize(world)
  const fromMs = world.beginMs - 5 * minuteMs
  for (const broker of ['b2', 'b3']) gather(world, { count, broker, fromMs, overMs: minuteMs })
  const full = gather(world, { count: Math.round(times * count), broker: 'b1', fromMs, overMs: minuteMs, observing })
  for (const connection of full) {
    let held = connection
    let atMs = world.beginMs - Math.log(1 - world.random()) * 3 * hourMs
    while (atMs < world.beginMs + hourMs) {
      const [cause, sight] =
        world.random() < 0.7 ? (['network_eof', 'tcp_fin'] as const) : (['unknown', 'tcp_reset'] as const)
      world.end(held, atMs, { cause, sees: { cause: sight } })
      if (world.random() < 0.3) {
        atMs += 30 * secondMs
        world.refuse(held.member, atMs, {
          sees: { cause: 'connack_timeout', evidence: { phase: 'mqtt', connectTimeoutMs: 30_000 } },
        })
      }
      atMs += world.between(1000, 2000)
      held = world.begin(held.member, atMs, { connectMs: world.between(1500, 9000) })
      atMs += -Math.log(1 - world.random()) * 3 * hourMs
    }
  }
  if (cpuPercent !== undefined) world.gauge('b1', 'cpu_percent', world.beginMs - 8 * minuteMs, cpuPercent)
  world.fleet(world.beginMs + hourMs)
  return full
}

export const stories: readonly Story[] = [
  {
    title: 'half of all clients are on one broker, which drops some of them',
    right: ['overloaded_broker'],
    tell: (world) => {
      strain(world, { times: 4 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same with minutes and its CPU only',
    right: ['overloaded_broker'],
    minutesOnly: true,
    tell: (world) => {
      strain(world, { times: 4, cpuPercent: 97 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'one of its clients asks why it drops',
    right: ['overloaded_broker'],
    tell: (world) => {
      const [one] = strain(world, { times: 4 })
      const atMs = world.beginMs + hourMs
      if (one !== undefined) {
        const last = world.begin(one.member, atMs)
        world.end(last, atMs + minuteMs, { cause: 'network_eof', sees: { cause: 'tcp_fin' } })
      }
      return { of: 'client', clientId: one?.member.clientId ?? '' }
    },
  },
  {
    title: 'a broker on a small machine: no more clients than the others, but its CPU is busy',
    right: ['overloaded_broker'],
    minutesOnly: true,
    tell: (world) => {
      strain(world, { times: 1, cpuPercent: 99 })
      return { of: 'cluster' }
    },
  },
  {
    title: 'its CPU is nearly used up, and nothing has happened yet',
    right: ['overloaded_broker'],
    minutesOnly: true,
    tell: (world) => {
      const count = crowdSize(world)
      for (const broker of world.brokers) gather(world, { count, broker, fromMs: world.beginMs, overMs: minuteMs })
      world.gauge('b1', 'cpu_percent', world.beginMs - 8 * minuteMs, 94)
      world.begin(world.member('latecomer', { broker: 'b2' }), world.beginMs + hourMs)
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the full broker is restarted: all drop at once',
    resembles: 'overloaded_broker',
    right: ['broker_restart'],
    minutesOnly: true,
    tell: (world) => {
      const count = crowdSize(world)
      for (const broker of ['b2', 'b3'])
        gather(world, { count, broker, fromMs: world.beginMs - 5 * minuteMs, overMs: minuteMs })
      const full = gather(world, {
        count: 4 * count,
        broker: 'b1',
        fromMs: world.beginMs - 5 * minuteMs,
        overMs: minuteMs,
      })
      const atMs = world.beginMs + 20 * minuteMs
      endAll(world, full, atMs, 1000, { cause: 'network_eof' })
      for (const { member } of full) world.begin(member, atMs + world.between(5000, 90_000))
      world.fleet(world.beginMs + 30 * minuteMs)
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'one client of the full broker comes and goes all the time',
    resembles: 'overloaded_broker',
    right: ['unknown', 'changing_network', 'client_stall', 'uneven_load'],
    tell: (world) => {
      const count = crowdSize(world)
      for (const broker of ['b2', 'b3'])
        gather(world, { count, broker, fromMs: world.beginMs - 5 * minuteMs, overMs: minuteMs })
      gather(world, { count: 4 * count, broker: 'b1', fromMs: world.beginMs - 5 * minuteMs, overMs: minuteMs })
      const restless = world.member('restless', { broker: 'b1' })
      let atMs = world.beginMs
      while (atMs < world.beginMs + hourMs) {
        const connection = world.begin(restless, atMs)
        atMs += -Math.log(1 - world.random()) * 60_000
        world.end(connection, atMs, { cause: 'network_eof' })
        atMs += 1000
      }
      world.fleet(world.beginMs + hourMs)
      return { of: 'broker', broker: 'b1' }
    },
  },
]
