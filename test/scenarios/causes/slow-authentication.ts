/** Stories of brokers that accept too slowly, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import { crowdSize, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

/** For twenty minutes clients of b1 give up some attempts, and the others are slow to succeed. */
function slow(world: World, { clients, share }: { clients: number; share: number }) {
  const count = crowdSize(world)
  for (const broker of world.brokers)
    gather(world, { count, broker, fromMs: world.beginMs - 9 * minuteMs, overMs: 5 * minuteMs })
  world.fleet(world.beginMs + 30 * minuteMs)
  for (let index = 0; index < clients; index += 1) {
    const member = world.member(`new-${index}`, { broker: 'b1', observes: true })
    let atMs = world.beginMs + world.between(0, 10 * minuteMs)
    while (world.random() < share) {
      atMs += 30 * secondMs
      world.refuse(member, atMs, {
        sees: { cause: 'connack_timeout', evidence: { phase: 'mqtt', connectTimeoutMs: 30_000 } },
      })
      atMs += 1000
    }
    world.begin(member, atMs + 20_000, { connectMs: world.between(6000, 28_000) })
  }
}

export const stories: readonly Story[] = [
  {
    title: 'a database that decides who may connect is slow; asked of the broker',
    right: ['slow_authentication'],
    tell: (world) => {
      slow(world, { clients: 15, share: 0.7 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same, asked of the cluster',
    right: ['slow_authentication'],
    tell: (world) => {
      slow(world, { clients: 15, share: 0.7 })
      return { of: 'cluster' }
    },
  },
  {
    title: 'a client that got through after several attempts asks',
    right: ['slow_authentication'],
    tell: (world) => {
      slow(world, { clients: 8, share: 0.6 })
      const member = world.member('patient', { broker: 'b1', observes: true })
      for (let time = 0; time < 6; time += 1) {
        world.refuse(member, world.beginMs + time * 31_000, {
          sees: { cause: 'connack_timeout', evidence: { phase: 'mqtt', attempt: time + 1 } },
        })
      }
      world.begin(member, world.beginMs + 6 * 31_000 + 24_000, { connectMs: 24_000, attempt: 7 })
      return { of: 'client', clientId: 'patient' }
    },
  },
  {
    title: 'one client only, and it never connects: a plain client at a TLS port',
    resembles: 'slow_authentication',
    right: ['wrong_endpoint'],
    tell: (world) => {
      const count = crowdSize(world)
      gather(world, { count, broker: 'b1', fromMs: world.beginMs - 9 * minuteMs, overMs: 5 * minuteMs })
      const member = world.member('plain', { broker: 'b1', observes: true })
      for (let time = 0; time < 20; time += 1) {
        world.refuse(member, world.beginMs + time * 31_000, {
          sees: { cause: 'connack_timeout', evidence: { phase: 'mqtt', endpoint: 'mqtt.example:8883' } },
        })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'all brokers are slow alike: it is not this one',
    resembles: 'slow_authentication',
    right: ['unknown'],
    tell: (world) => {
      for (const broker of world.brokers) {
        for (let index = 0; index < 6; index += 1) {
          const member = world.member(`${broker}-${index}`, { broker, observes: true })
          const atMs = world.beginMs + index * 5000
          for (const later of [0, 31_000, 62_000]) {
            world.refuse(member, atMs + later, { sees: { cause: 'connack_timeout', evidence: { phase: 'tcp' } } })
          }
          world.begin(member, atMs + 70_000)
        }
      }
      return { of: 'cluster' }
    },
  },
]
