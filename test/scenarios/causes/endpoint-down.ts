/** Stories of brokers that do not answer, and of what looks like it. */
import type { ClientCause } from '../../../domain/client-cause.ts'
import { minuteMs, secondMs } from '../../../domain/time.ts'
import { crowdSize, endAll, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 60 * minuteMs

/** A client that tries for so long, each second or so. */
function tryFor(
  world: World,
  clientId: string,
  {
    sight,
    errorCode,
    overMs,
    fromMs = world.beginMs,
    everyMs = 1040,
  }: { sight: ClientCause; errorCode: string; overMs: number; fromMs?: number; everyMs?: number },
) {
  const member = world.member(clientId, { broker: 'b1', observes: true })
  let attempt = 0
  for (let atMs = fromMs; atMs < fromMs + overMs; atMs += world.near(everyMs, 10)) {
    attempt += 1
    world.refuse(member, atMs, {
      sees: { cause: sight, evidence: { phase: 'tcp', errorCode, endpoint: 'mqtt.example:1883', attempt } },
    })
  }
  return member
}

export const stories: readonly Story[] = [
  {
    title: 'the name is not known',
    right: ['endpoint_down'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      tryFor(world, 'lost', { sight: 'dns', errorCode: 'ENOTFOUND', overMs: 10 * minuteMs })
      return { of: 'client', clientId: 'lost' }
    },
  },
  {
    title: 'the broker is down for a quarter of an hour; what observing clients tell later, asked of the cluster',
    right: ['endpoint_down'],
    tell: (world) => {
      const held = gather(world, {
        count: 20,
        broker: 'b1',
        fromMs: world.beginMs - 9 * minuteMs,
        overMs: minuteMs,
        observing: 1,
      })
      for (const broker of ['b2', 'b3'])
        gather(world, { count: 20, broker, fromMs: world.beginMs - 9 * minuteMs, overMs: minuteMs })
      endAll(world, held, world.beginMs, 700, { cause: 'network_eof', sees: { cause: 'tcp_fin' } })
      for (const { member } of held) {
        for (let atMs = world.beginMs + 5000; atMs < world.beginMs + 15 * minuteMs; atMs += world.near(20_000, 100)) {
          world.refuse(member, atMs, {
            sees: { cause: 'refused', evidence: { phase: 'tcp', errorCode: 'ECONNREFUSED' } },
          })
        }
        world.begin(member, world.beginMs + 15 * minuteMs + world.between(0, 20_000))
      }
      return { of: 'cluster' }
    },
  },
  {
    title: 'a broker falls silent and its clients turn up at the others; minutes only',
    right: ['endpoint_down'],
    minutesOnly: true,
    tell: (world) => {
      const count = crowdSize(world)
      const held = world.brokers.flatMap((broker) =>
        gather(world, { count, broker, fromMs: world.beginMs - 9 * minuteMs, overMs: minuteMs }),
      )
      const atMs = world.beginMs + 10 * minuteMs
      for (const [index, { member }] of held.filter(({ broker }) => broker === 'b1').entries()) {
        world.begin(member, atMs + world.between(20_000, 90_000), { broker: index % 2 === 0 ? 'b2' : 'b3' })
      }
      world.vanish('b1', atMs)
      world.begin(world.member('latecomer', { broker: 'b2' }), atMs + 12 * minuteMs)
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a restart of ten seconds, with attempts meanwhile',
    resembles: 'endpoint_down',
    right: ['broker_restart'],
    tell: (world) => {
      const count = crowdSize(world)
      const held = gather(world, { count, broker: 'b1', fromMs: world.beginMs - 9 * minuteMs, overMs: minuteMs })
      world.fleet(world.beginMs, { broker: 'b2' })
      endAll(world, held, world.beginMs + minuteMs, 600, { cause: 'server_shutdown', sees: { cause: 'tcp_fin' } })
      for (const { member } of held) {
        for (let time = 1; time < 10; time += 1) {
          world.refuse(member, world.beginMs + minuteMs + time * 1040 + world.between(0, 40), {
            sees: { cause: 'refused', evidence: { phase: 'tcp', errorCode: 'ECONNREFUSED' } },
          })
        }
        world.begin(member, world.beginMs + minuteMs + 11 * secondMs + world.between(0, 300))
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'it listens, but is no broker for this client',
    resembles: 'endpoint_down',
    right: ['wrong_endpoint'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      tryFor(world, 'lost', {
        sight: 'connack_timeout',
        errorCode: 'ETIMEDOUT',
        overMs: 20 * minuteMs,
        everyMs: 31_000,
      })
      return { of: 'client', clientId: 'lost' }
    },
  },
  {
    title: 'a broker falls silent, but its clients are nowhere else: perhaps only what it tells is gone',
    resembles: 'endpoint_down',
    right: ['unknown'],
    minutesOnly: true,
    tell: (world) => {
      const count = crowdSize(world)
      for (const broker of world.brokers)
        gather(world, { count, broker, fromMs: world.beginMs - 9 * minuteMs, overMs: minuteMs })
      world.vanish('b1', world.beginMs + 10 * minuteMs)
      world.begin(world.member('latecomer', { broker: 'b2' }), world.beginMs + 22 * minuteMs)
      return { of: 'broker', broker: 'b1' }
    },
  },
]
