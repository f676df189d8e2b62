/** Stories of applications that destroy their own connections, and of what looks like it to the broker. */
import { secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 3600 * secondMs

/** A watchdog that fires every so often; some ends have another reason. */
function watchdog(
  world: World,
  {
    times,
    observes,
    sees = 'local_destroy' as const,
  }: { times: number; observes: boolean; sees?: 'local_destroy' | 'tcp_reset' },
) {
  world.fleet(world.beginMs + hourMs)
  const member = world.member('truck-12', { observes })
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    const connection = world.begin(member, atMs)
    atMs += 5000 - Math.log(1 - world.random()) * 20_000
    const isOther = time % 7 === 6
    world.end(connection, atMs, { cause: 'network_eof', sees: { cause: isOther ? 'tcp_fin' : sees } })
    atMs += world.between(1000, 1100)
  }
  return { of: 'client' as const, clientId: 'truck-12' }
}

export const stories: readonly Story[] = [
  {
    title: 'a watchdog in the application destroys the socket',
    right: ['closed_by_application'],
    tell: (world) => watchdog(world, { times: 20, observes: true }),
  },
  {
    title: 'the same, four times',
    right: ['closed_by_application'],
    tell: (world) => watchdog(world, { times: 4, observes: true }),
  },
  {
    title: 'the same, but nobody asked the client',
    resembles: 'closed_by_application',
    right: ['unknown'],
    tell: (world) => watchdog(world, { times: 20, observes: false }),
  },
  {
    title: 'the path resets: the client did nothing',
    resembles: 'closed_by_application',
    right: ['unknown'],
    tell: (world) => watchdog(world, { times: 20, observes: true, sees: 'tcp_reset' }),
  },
]
