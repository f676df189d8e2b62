/** Stories of a ping timer that outlives its connection, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { repeat } from '../repeat.ts'
import type { Story } from '../story.ts'
import type { Traits, World } from '../world.ts'

const hourMs = 60 * minuteMs

/** The network is lost for a while, then each new connection is closed one keepalive after the last close. */
function loop(world: World, { outages, times, traits }: { outages: number; times: number; traits: Partial<Traits> }) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member('kiosk-2', { broker: 'b1', observes: true, keepaliveSeconds: 30, ...traits })
  const stepMs = member.keepaliveSeconds * 1000
  const first = world.begin(member, world.beginMs)
  let atMs = world.beginMs + 900_000
  world.end(first, atMs, { cause: 'network_reset', sees: { cause: 'keepalive_timeout' } })
  for (let time = 0; time < outages; time += 1) {
    atMs += stepMs + world.near(0, 60)
    world.refuse(member, atMs, { sees: { cause: 'dns', evidence: { attempt: time + 2, errorCode: 'ENOTFOUND' } } })
  }
  const awayMs = 1000 + world.between(5, 80)
  repeat(world, member, {
    times,
    fromMs: atMs + awayMs,
    ageMs: () => stepMs - awayMs + world.near(0, 60),
    awayMs: () => awayMs,
    told: () => ({ cause: 'network_eof', sees: { cause: 'local_destroy', evidence: { sinceReceivedMs: stepMs / 2 } } }),
  })
  return { of: 'client' as const, clientId: 'kiosk-2' }
}

export const stories: readonly Story[] = [
  {
    title: 'after an outage a kiosk on MQTT.js 5.3.4 closes every 30 s',
    resembles: 'idle_timeout',
    right: ['reconnect_loop_defect'],
    tell: (world) => loop(world, { outages: 3, times: 14, traits: { libraryVersion: '5.3.4' } }),
  },
  {
    title: 'while the network is away, MQTT.js 5.3.3, keepalive 10 s',
    resembles: 'endpoint_down',
    right: ['reconnect_loop_defect'],
    tell: (world) => loop(world, { outages: 12, times: 3, traits: { libraryVersion: '5.3.3', keepaliveSeconds: 10 } }),
  },
  {
    title: 'a proxy with a limit of 50 s, MQTT.js 5.3.4, keepalive 50 s',
    resembles: 'reconnect_loop_defect',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + 4 * hourMs)
      const member = world.member('kiosk-2', { observes: true, keepaliveSeconds: 50, libraryVersion: '5.3.4' })
      repeat(world, member, {
        times: 12,
        fromMs: world.beginMs,
        ageMs: () => world.between(49_990, 50_400),
        told: () => ({
          cause: 'network_eof',
          sees: { cause: 'tcp_fin', evidence: { sinceReceivedMs: 49_900, sinceSentMs: 49_950 } },
        }),
      })
      return { of: 'client', clientId: 'kiosk-2' }
    },
  },
  {
    title: 'an application that destroys its socket every 30 s, MQTT.js 5.16.0',
    resembles: 'reconnect_loop_defect',
    right: ['closed_by_application'],
    tell: (world) => loop(world, { outages: 0, times: 9, traits: {} }),
  },
]
