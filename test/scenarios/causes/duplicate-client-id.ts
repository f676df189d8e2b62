/** Stories of two clients with one id, and of what looks like it. */
import { secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 3600 * secondMs

/** Two processes with one id throw each other out, each back after its reconnectPeriod. */
function fight(world: World, { times, observes }: { times: number; observes: boolean }) {
  world.fleet(world.beginMs + hourMs)
  const one = world.member('gateway-1', { observes, broker: 'b1' })
  const other = world.member('gateway-1', { observes: false, broker: 'b1' })
  let atMs = world.beginMs
  let [holder, challenger] = [one, other]
  let connection = world.begin(holder, atMs)
  for (let time = 0; time < times; time += 1) {
    atMs += world.near(1060, 20)
    const next = world.begin(challenger, atMs)
    world.end(connection, atMs + world.between(0, 3), { cause: 'session_taken_over', sees: { cause: 'tcp_fin' } })
    connection = next
    ;[holder, challenger] = [challenger, holder]
  }
  return { of: 'client' as const, clientId: 'gateway-1' }
}

export const stories: readonly Story[] = [
  {
    title: 'two gateways with a copied configuration',
    right: ['duplicate_client_id'],
    tell: (world) => fight(world, { times: 60, observes: false }),
  },
  {
    title: 'the same, after a few seconds, one of them observes itself',
    right: ['duplicate_client_id'],
    tell: (world) => fight(world, { times: 5, observes: true }),
  },
  {
    title: 'a client comes back before the broker noticed, twice in a day',
    resembles: 'duplicate_client_id',
    right: ['benign_takeover', 'unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('pump-3', { observes: true })
      let connection = world.begin(member, world.beginMs)
      for (const hours of [5, 13]) {
        const atMs = world.beginMs + hours * hourMs
        const next = world.begin(member, atMs)
        world.end(connection, atMs + 2, {
          cause: 'session_taken_over',
          sees: { cause: 'keepalive_timeout', atMs: atMs - 1100, evidence: { sinceReceivedMs: 90_000 } },
        })
        connection = next
      }
      return { of: 'client', clientId: 'pump-3' }
    },
  },
]
