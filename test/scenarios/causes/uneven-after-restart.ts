/** Stories of brokers that stay empty after a restart, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { crowdSize, endAll, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { Connection, World } from '../world.ts'

const hourMs = 60 * minuteMs

/** Its clients are thrown out and go to the others. */
function restart(
  world: World,
  { broker, atMs, held }: { broker: string; atMs: number; held: Connection[] },
): Connection[] {
  const own = held.filter((connection) => connection.broker === broker)
  endAll(world, own, atMs, 1500, {
    cause: world.random() < 0.5 ? 'server_shutdown' : 'network_eof',
    sees: { cause: 'tcp_fin' },
  })
  const others = world.brokers.filter((name) => name !== broker)
  const back = own.map(({ member }, index) =>
    world.begin(member, atMs + world.between(2000, 40_000), { broker: others[index % others.length] ?? '' }),
  )
  return [...held.filter((connection) => connection.broker !== broker), ...back]
}

/** All brokers are restarted in order, ten minutes apart. */
function rolling(world: World, { brokers, afterMs = hourMs }: { brokers: readonly string[]; afterMs?: number }) {
  const count = crowdSize(world)
  let held = world.brokers.flatMap((broker) =>
    gather(world, { count, broker, fromMs: world.beginMs - 5 * minuteMs, overMs: minuteMs }),
  )
  let atMs = world.beginMs + 20 * minuteMs
  for (const broker of brokers) {
    held = restart(world, { broker, atMs, held })
    atMs += 10 * minuteMs
  }
  const late = world.member('latecomer', { broker: 'b1' })
  world.begin(late, atMs + afterMs)
}

export const stories: readonly Story[] = [
  {
    title: 'a rolling restart: whichever came last is empty, asked of it with minutes only',
    right: ['uneven_after_restart'],
    minutesOnly: true,
    tell: (world) => {
      rolling(world, { brokers: ['b1', 'b2', 'b3'] })
      return { of: 'broker', broker: 'b3' }
    },
  },
  {
    title: 'the same, asked of the cluster with all events',
    right: ['uneven_after_restart'],
    tell: (world) => {
      rolling(world, { brokers: ['b1', 'b2', 'b3'] })
      return { of: 'cluster' }
    },
  },
  {
    title: 'one broker was restarted, and the full one is asked of',
    right: ['uneven_after_restart'],
    minutesOnly: true,
    tell: (world) => {
      rolling(world, { brokers: ['b2'] })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'asked a minute after the restart: nobody knows yet who comes back',
    resembles: 'uneven_after_restart',
    right: ['broker_restart'],
    minutesOnly: true,
    tell: (world) => {
      rolling(world, { brokers: ['b3'], afterMs: -9 * minuteMs })
      return { of: 'broker', broker: 'b3' }
    },
  },
  {
    title: 'a broker was always empty: it is new, or a load balancer leaves it out',
    resembles: 'uneven_after_restart',
    right: ['uneven_load'],
    minutesOnly: true,
    tell: (world) => {
      const count = crowdSize(world)
      for (const broker of ['b1', 'b2']) gather(world, { count, broker, fromMs: world.beginMs, overMs: hourMs })
      gather(world, { count: 1, broker: 'b3', fromMs: world.beginMs, overMs: minuteMs })
      world.begin(world.member('latecomer', { broker: 'b1' }), world.beginMs + 1.5 * hourMs)
      return { of: 'cluster' }
    },
  },
]
