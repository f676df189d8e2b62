/** Stories of health checks, and of what looks like them. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 3600 * secondMs

/** Somebody opens a connection every few seconds and closes it again. */
function check(
  world: World,
  { everyMs, address, known = true }: { everyMs: () => number; address: string; known?: boolean },
) {
  let atMs = world.beginMs + world.between(0, 10_000)
  while (atMs < world.beginMs + 20 * minuteMs) {
    const peer = known ? { peer: `${address}:${Math.floor(world.between(30_000, 60_000))}` } : {}
    world.tell({ type: 'refused', atMs, broker: 'b1', ...peer, cause: 'network_eof', reason: 'tcp_closed' })
    atMs += everyMs()
  }
}

const asked = { of: 'broker' as const, broker: 'b1' }

export const stories: readonly Story[] = [
  {
    title: 'two nodes of a load balancer, every ten seconds',
    right: ['health_checks'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      check(world, { everyMs: () => world.near(10_000, 40), address: '10.0.1.4' })
      check(world, { everyMs: () => world.near(10_000, 40), address: '10.0.2.4' })
      return asked
    },
  },
  {
    title: 'a broker that tells no addresses, every thirty seconds',
    right: ['health_checks'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      check(world, { everyMs: () => world.near(30_000, 100), address: '', known: false })
      return asked
    },
  },
  {
    title: 'three monitors behind one address, every fifteen seconds each; asked of the cluster',
    right: ['health_checks'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      for (let monitor = 0; monitor < 3; monitor += 1) {
        check(world, { everyMs: () => world.near(15_000, 20), address: '10.0.1.4' })
      }
      return { of: 'cluster' }
    },
  },
  {
    title: 'somebody scans ports, at random times',
    resembles: 'health_checks',
    right: ['unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      check(world, { everyMs: () => 1000 - Math.log(1 - world.random()) * 20_000, address: '203.0.113.7' })
      return asked
    },
  },
  {
    title: 'a client that speaks TLS to the plain port, again and again',
    resembles: 'health_checks',
    right: ['protocol_violation', 'wrong_endpoint', 'unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      let atMs = world.beginMs
      for (let time = 0; time < 200; time += 1) {
        world.tell({ type: 'refused', atMs, broker: 'b1', peer: `10.3.3.3:${30_000 + time}`, cause: 'protocol_error' })
        atMs += world.near(5010, 10)
      }
      return asked
    },
  },
  {
    title: 'a client with an id that a proxy cuts every minute',
    resembles: 'health_checks',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('meter-2', { broker: 'b1', keepaliveSeconds: 120 })
      let atMs = world.beginMs
      for (let time = 0; time < 40; time += 1) {
        const connection = world.begin(member, atMs)
        atMs += world.between(60_000, 60_500)
        world.end(connection, atMs, { cause: 'network_eof' })
        atMs += 1020
      }
      return asked
    },
  },
]
