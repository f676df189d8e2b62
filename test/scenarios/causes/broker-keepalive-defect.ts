/** Stories of brokers that reckon keepalives wrongly, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { anyAge, repeat } from '../repeat.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 60 * minuteMs

/** Some clients have a long keepalive, and are timed out as if it were a shorter one. */
function earlyTimeouts(
  world: World,
  { count, times, fromMs, toMs }: { count: number; times: number; fromMs: number; toMs: number },
) {
  world.fleet(world.beginMs + 4 * hourMs)
  for (let index = 0; index < count; index += 1) {
    const member = world.member(`meter-${index}`, {
      broker: 'b1',
      keepaliveSeconds: 300,
      observes: world.random() < 0.4,
    })
    repeat(world, member, {
      times,
      fromMs: world.beginMs + world.between(0, 600_000),
      ageMs: () => world.between(fromMs, toMs),
      told: () => ({ cause: 'keepalive_timeout', sees: { cause: 'tcp_fin', evidence: { sinceReceivedMs: 60_000 } } }),
    })
  }
}

export const stories: readonly Story[] = [
  {
    title: 'mosquitto with max_keepalive 60 times out clients with a keepalive of 300 s',
    right: ['broker_keepalive_defect'],
    tell: (world) => {
      earlyTimeouts(world, { count: Math.max(6, world.size / 10), times: 8, fromMs: 90_000, toMs: 96_000 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same, asked of one client, four times',
    right: ['broker_keepalive_defect'],
    tell: (world) => {
      earlyTimeouts(world, { count: 3, times: 4, fromMs: 90_000, toMs: 280_000 })
      return { of: 'client', clientId: 'meter-1' }
    },
  },
  {
    title: 'a client falls silent after its first packet: 1.5 times the keepalive, never less',
    resembles: 'broker_keepalive_defect',
    right: ['client_stall', 'receive_only_ping_defect'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('meter-1', { broker: 'b1', keepaliveSeconds: 300 })
      const told = () => ({ cause: 'keepalive_timeout' as const })
      repeat(world, member, { times: 5, fromMs: world.beginMs, ageMs: () => world.between(451_000, 454_000), told })
      return { of: 'client', clientId: 'meter-1' }
    },
  },
  {
    title: 'young sessions end, but by the network',
    resembles: 'broker_keepalive_defect',
    right: ['unknown', 'changing_network'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('meter-1', { broker: 'b1', keepaliveSeconds: 300 })
      const told = () => ({ cause: 'network_reset' as const })
      repeat(world, member, { times: 7, fromMs: world.beginMs, ageMs: anyAge(world, 60_000, 2000), told })
      return { of: 'client', clientId: 'meter-1' }
    },
  },
]
