/** Stories of subscribers that never ping, and of what looks like them. */
import { minuteMs } from '../../../domain/time.ts'
import { repeat } from '../repeat.ts'
import type { Story } from '../story.ts'
import type { Evidence, Traits, World } from '../world.ts'

const hourMs = 60 * minuteMs

/** Sessions end about 1.6 times the keepalive after they began. */
function silent(
  world: World,
  {
    clients = 1,
    times = 8,
    traits,
    evidence = {},
  }: { clients?: number; times?: number; traits: Partial<Traits>; evidence?: Evidence },
) {
  world.fleet(world.beginMs + 4 * hourMs)
  for (let index = 0; index < clients; index += 1) {
    const member = world.member(`board-${index}`, { broker: 'b1', keepaliveSeconds: 60, ...traits })
    repeat(world, member, {
      times,
      fromMs: world.beginMs + world.between(0, 60_000),
      ageMs: () => world.between(1.52, 1.61) * member.keepaliveSeconds * 1000,
      told: () => ({
        cause: 'keepalive_timeout',
        sees: { cause: 'tcp_fin', evidence: { sinceReceivedMs: Math.round(world.between(10, 3000)), ...evidence } },
      }),
    })
  }
  return { of: 'client' as const, clientId: 'board-0' }
}
const receivesOnly = { publishesSent: 0, publishesReceived: 140 }

export const stories: readonly Story[] = [
  {
    title: 'a dashboard on MQTT.js 5.5.5 drops every 96 s',
    right: ['receive_only_ping_defect'],
    tell: (world) => silent(world, { traits: { observes: true, libraryVersion: '5.5.5' }, evidence: receivesOnly }),
  },
  {
    title: 'many dashboards, asked of their broker',
    right: ['receive_only_ping_defect'],
    tell: (world) => {
      const clients = Math.max(5, world.size / 20)
      silent(world, {
        clients,
        traits: { observes: true, libraryVersion: '5.5.5', keepaliveSeconds: 30 },
        evidence: receivesOnly,
      })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'only the broker tells: any library that does not ping looks so',
    right: ['receive_only_ping_defect', 'unknown'],
    tell: (world) => silent(world, { traits: { observes: false } }),
  },
  {
    title: 'the same period on MQTT.js 5.16.0: the device sleeps after it connected',
    resembles: 'receive_only_ping_defect',
    right: ['client_stall'],
    tell: (world) =>
      silent(world, {
        traits: { observes: true, libraryVersion: '5.16.0' },
        evidence: { publishesSent: 1, publishesReceived: 0, sinceReceivedMs: 95_000 },
      }),
  },
  {
    title: 'MQTT.js 5.5.5, but it publishes: the link is lost',
    resembles: 'receive_only_ping_defect',
    right: ['client_stall', 'unknown'],
    tell: (world) =>
      silent(world, {
        times: 4,
        traits: { observes: true, libraryVersion: '5.5.5' },
        evidence: { publishesSent: 31, publishesReceived: 80 },
      }),
  },
]
