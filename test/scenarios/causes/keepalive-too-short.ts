/** Stories of keepalives of a few seconds, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { anyAge, repeat } from '../repeat.ts'
import type { Story } from '../story.ts'
import type { Evidence, Traits, World } from '../world.ts'

const hourMs = 60 * minuteMs

function falseTimeouts(
  world: World,
  {
    times = 7,
    traits,
    evidence,
    byClient = false,
  }: { times?: number; traits: Partial<Traits>; evidence?: () => Evidence; byClient?: boolean },
) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member('probe-5', {
    broker: 'b1',
    keepaliveSeconds: 5,
    observes: evidence !== undefined,
    ...traits,
  })
  repeat(world, member, {
    times,
    fromMs: world.beginMs,
    ageMs: anyAge(world, 1_200_000, 20_000),
    told: () => ({
      cause: byClient ? 'network_eof' : 'keepalive_timeout',
      sees: { cause: byClient ? 'keepalive_timeout' : 'tcp_fin', evidence: evidence?.() ?? {} },
    }),
  })
  return { of: 'client' as const, clientId: 'probe-5' }
}

export const stories: readonly Story[] = [
  {
    title: 'keepalive 5 s over a satellite: pings take up to 2 s',
    right: ['keepalive_too_short'],
    tell: (world) =>
      falseTimeouts(world, {
        traits: {},
        evidence: () => ({
          rttMs: Math.round(world.between(700, 2400)),
          sinceReceivedMs: Math.round(world.between(500, 6900)),
        }),
      }),
  },
  {
    title: 'keepalive 3 s on a slow radio: the client gives up, the broker sees it leave',
    right: ['keepalive_too_short'],
    tell: (world) =>
      falseTimeouts(world, {
        traits: { keepaliveSeconds: 3 },
        byClient: true,
        evidence: () => ({ rttMs: Math.round(world.between(600, 1400)), sinceReceivedMs: 4500 }),
      }),
  },
  {
    title: 'keepalive 2 s, mosquitto counts whole seconds; only the broker tells',
    right: ['keepalive_too_short'],
    tell: (world) => falseTimeouts(world, { traits: { keepaliveSeconds: 2 } }),
  },
  {
    title: 'keepalive 5 s, but the process is suspended for minutes',
    resembles: 'keepalive_too_short',
    right: ['client_stall'],
    tell: (world) =>
      falseTimeouts(world, {
        traits: {},
        evidence: () => ({ rttMs: 12, sinceReceivedMs: Math.round(world.between(100_000, 900_000)) }),
      }),
  },
  {
    title: 'keepalive 5 s, but the network resets its connections',
    resembles: 'keepalive_too_short',
    right: ['unknown', 'changing_network'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('probe-5', { keepaliveSeconds: 5 })
      const told = () => ({ cause: 'network_reset' as const })
      repeat(world, member, { times: 7, fromMs: world.beginMs, ageMs: anyAge(world, 1_200_000, 20_000), told })
      return { of: 'client', clientId: 'probe-5' }
    },
  },
]
