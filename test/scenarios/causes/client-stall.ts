/** Stories of clients that stand still, and of what looks like one. */
import { minuteMs } from '../../../domain/time.ts'
import { anyAge, repeat } from '../repeat.ts'
import type { Story } from '../story.ts'
import type { EndTold, Traits, World } from '../world.ts'

const hourMs = 60 * minuteMs

/** Given up by the broker; the process finds the connection closed when it runs again. */
const suspended =
  (world: World) =>
  (_: unknown, endMs: number): EndTold => {
    const sleptMs = world.between(120_000, 1_800_000)
    return {
      cause: 'keepalive_timeout',
      sees: {
        cause: 'tcp_fin',
        atMs: endMs + sleptMs,
        evidence: { sinceReceivedMs: Math.round(sleptMs + 90_000), sinceSentMs: Math.round(sleptMs + 88_000) },
      },
    }
  }

function stall(
  world: World,
  {
    times,
    traits = {},
    told,
  }: { times: number; traits?: Partial<Traits>; told: (at: unknown, endMs: number) => EndTold },
) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member('logger-4', { broker: 'b1', ...traits })
  repeat(world, member, {
    times,
    fromMs: world.beginMs,
    ageMs: anyAge(world, 1_500_000),
    told,
    awayMs: () => 1_900_000,
  })
  return { of: 'client' as const, clientId: 'logger-4' }
}

export const stories: readonly Story[] = [
  {
    title: 'a container is stopped for minutes, again and again; it observes itself',
    right: ['client_stall'],
    tell: (world) => stall(world, { times: 5, traits: { observes: true }, told: suspended(world) }),
  },
  {
    title: 'a radio that drops out; only the broker tells',
    right: ['client_stall'],
    tell: (world) => stall(world, { times: 6, told: () => ({ cause: 'keepalive_timeout' }) }),
  },
  {
    title: 'both ends wait in vain for the other',
    right: ['client_stall', 'half_open'],
    tell: (world) =>
      stall(world, {
        times: 4,
        traits: { observes: true },
        told: (_, endMs) => ({
          cause: 'keepalive_timeout',
          sees: {
            cause: 'keepalive_timeout',
            atMs: endMs + world.between(-4000, 4000),
            evidence: { sinceReceivedMs: 89_000, sinceSentMs: 31_000, rttMs: 40 },
          },
        }),
      }),
  },
  {
    title: 'one bad device among many, asked of its broker',
    right: ['client_stall'],
    tell: (world) => {
      stall(world, { times: 40, traits: { observes: true }, told: suspended(world) })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'it closes its sessions itself, without a goodbye, at any age',
    resembles: 'client_stall',
    right: ['closed_by_application'],
    tell: (world) =>
      stall(world, {
        times: 6,
        traits: { observes: true },
        told: () => ({ cause: 'network_eof', sees: { cause: 'local_destroy', evidence: { sinceReceivedMs: 3000 } } }),
      }),
  },
]
