/** Stories of connections that were ended on purpose, and of what looks like it. */
import type { Cause } from '../../../domain/cause.ts'
import type { ClientCause } from '../../../domain/client-cause.ts'
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 3600 * secondMs

/** Connects, says what it has to say, and leaves. */
function visits(world: World, ends: readonly (readonly [Cause, ClientCause])[], observes: boolean) {
  world.fleet(world.beginMs + hourMs)
  const member = world.member('sensor-1', { observes })
  let atMs = world.beginMs
  for (let time = 0; time < 12; time += 1) {
    const connection = world.begin(member, atMs)
    const [cause, sees] = ends[time % ends.length] ?? ['client_requested', 'local_end']
    world.end(connection, atMs + world.between(2000, 9000), { cause, sees: { cause: sees } })
    atMs += world.near(10 * minuteMs, 4000)
  }
  return { of: 'client' as const, clientId: 'sensor-1' }
}

export const stories: readonly Story[] = [
  {
    title: 'a sensor that wakes every ten minutes',
    right: ['graceful'],
    tell: (world) => visits(world, [['client_requested', 'local_end']], false),
  },
  {
    title: 'an application that ends without a goodbye, as only it can tell',
    right: ['graceful'],
    tell: (world) =>
      visits(
        world,
        [
          ['network_eof', 'local_end'],
          ['client_requested', 'local_end'],
        ],
        true,
      ),
  },
  {
    title: 'a broker that sends its clients elsewhere',
    right: ['graceful'],
    tell: (world) => visits(world, [['server_redirect', 'server_disconnect']], false),
  },
  {
    title: 'the same without a goodbye, and nobody who could tell',
    resembles: 'graceful',
    right: ['unknown', 'authorization_denied', 'client_stall'],
    tell: (world) => visits(world, [['network_eof', 'local_end']], false),
  },
  {
    title: 'a goodbye now and then, but a proxy cuts it at 100 s the other times',
    resembles: 'graceful',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('sensor-1', { keepaliveSeconds: 180 })
      let atMs = world.beginMs
      for (let time = 0; time < 20; time += 1) {
        const connection = world.begin(member, atMs)
        const isGoodbye = time % 4 === 0
        atMs += isGoodbye ? world.between(5000, 80_000) : world.between(100_000, 101_000)
        world.end(connection, atMs, { cause: isGoodbye ? 'client_requested' : 'network_eof' })
        atMs += world.between(1000, 2000)
      }
      return { of: 'client', clientId: 'sensor-1' }
    },
  },
]
