/** Stories of pages whose timers are slowed down, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { anyAge, repeat } from '../repeat.ts'
import type { Story } from '../story.ts'
import type { Evidence, Traits, World } from '../world.ts'

const hourMs = 60 * minuteMs

/** A page that the broker gives up for silence again and again. */
function page(
  world: World,
  { times = 6, traits, evidence }: { times?: number; traits: Partial<Traits>; evidence: () => Evidence },
) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member('page-8', {
    broker: 'b1',
    observes: true,
    transport: 'wss',
    keepaliveSeconds: 30,
    ...traits,
  })
  repeat(world, member, {
    times,
    fromMs: world.beginMs,
    ageMs: anyAge(world, 600_000),
    told: (_, endMs) => ({
      cause: 'keepalive_timeout',
      sees: { cause: 'ws_close', code: 1006, atMs: endMs + world.between(5, 15_000), evidence: evidence() },
    }),
  })
  return { of: 'client' as const, clientId: 'page-8' }
}

export const stories: readonly Story[] = [
  {
    title: 'a dashboard in a background tab, MQTT.js 5.2.1, keepalive 30 s',
    right: ['timer_throttling'],
    tell: (world) =>
      page(world, { traits: { libraryVersion: '5.2.1' }, evidence: () => ({ hidden: true, sinceReceivedMs: 47_000 }) }),
  },
  {
    title: 'mostly in the background, MQTT.js 4.3.7, keepalive 45 s',
    right: ['timer_throttling'],
    tell: (world) =>
      page(world, {
        times: 9,
        traits: { libraryVersion: '4.3.7', keepaliveSeconds: 45 },
        evidence: () => ({ hidden: world.random() < 0.93, sinceReceivedMs: 68_000 }),
      }),
  },
  {
    title: 'a service worker, on any version',
    right: ['timer_throttling'],
    tell: (world) => page(world, { traits: {}, evidence: () => ({ runtime: 'worker', sinceReceivedMs: 47_000 }) }),
  },
  {
    title: 'a laptop that sleeps with the page open, MQTT.js 5.16.0',
    resembles: 'timer_throttling',
    right: ['client_stall'],
    tell: (world) =>
      page(world, {
        traits: { keepaliveSeconds: 60 },
        evidence: () => ({ hidden: true, sinceReceivedMs: Math.round(world.between(600_000, 9_000_000)) }),
      }),
  },
  {
    title: 'an old version in a page that is looked at, on a train',
    resembles: 'timer_throttling',
    right: ['client_stall', 'changing_network', 'unknown'],
    tell: (world) =>
      page(world, {
        traits: { libraryVersion: '5.2.1' },
        evidence: () => ({ hidden: false, sinceReceivedMs: Math.round(world.between(20_000, 44_000)) }),
      }),
  },
]
