/** Stories of load that is spread unevenly, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { crowdSize, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 60 * minuteMs

/** Clients come to one broker for an hour, and some to the others. */
function sticky(world: World, { weights = [1, 1, 1] }: { weights?: readonly number[] } = {}) {
  const many = crowdSize(world)
  for (const [index, share] of [3, 0.6, 0.5].entries()) {
    const broker = world.brokers[index] ?? ''
    world.configure(broker, { weight: weights[index] ?? 1 })
    gather(world, { count: Math.round(share * many), broker, fromMs: world.beginMs, overMs: hourMs })
  }
  world.fleet(world.beginMs + 1.5 * hourMs)
}

export const stories: readonly Story[] = [
  {
    title: 'a load balancer that chooses by the source address, asked of the full broker',
    right: ['uneven_load'],
    tell: (world) => {
      sticky(world)
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same with minutes only, asked of the cluster',
    right: ['uneven_load'],
    minutesOnly: true,
    tell: (world) => {
      sticky(world)
      return { of: 'cluster' }
    },
  },
  {
    title: 'one host name in every configuration: one broker is empty, minutes only',
    right: ['uneven_load'],
    minutesOnly: true,
    tell: (world) => {
      const count = 2 * crowdSize(world)
      for (const broker of ['b1', 'b2']) gather(world, { count, broker, fromMs: world.beginMs, overMs: hourMs })
      gather(world, { count: 2, broker: 'b3', fromMs: world.beginMs, overMs: hourMs })
      world.fleet(world.beginMs + 1.2 * hourMs, { broker: 'b2' })
      return { of: 'broker', broker: 'b3' }
    },
  },
  {
    title: 'the broker is meant to carry most: weights say so',
    resembles: 'uneven_load',
    right: ['unknown', 'graceful'],
    minutesOnly: true,
    tell: (world) => {
      sticky(world, { weights: [3, 0.6, 0.5] })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a few clients that happen to be on one broker',
    resembles: 'uneven_load',
    right: ['unknown', 'graceful'],
    tell: (world) => {
      gather(world, { count: 8, broker: 'b1', fromMs: world.beginMs, overMs: minuteMs })
      gather(world, { count: 2, broker: 'b2', fromMs: world.beginMs, overMs: minuteMs })
      world.fleet(world.beginMs + hourMs)
      return { of: 'cluster' }
    },
  },
]
