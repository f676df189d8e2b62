/** Stories of clients that do what they may not, and of what looks like it. */
import type { Cause } from '../../../domain/cause.ts'
import { minuteMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 60 * minuteMs

/** It connects, sends what is denied, is thrown out, and does it again. */
function hangUp(
  world: World,
  { cause, observes, times, everyMs = 1050 }: { cause: Cause; observes: boolean; times: number; everyMs?: number },
) {
  world.fleet(world.beginMs + hourMs)
  const member = world.member('curious', { broker: 'b1', observes })
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    const connection = world.begin(member, atMs)
    atMs += world.between(30, 400)
    world.end(connection, atMs, {
      cause,
      sees: { cause: 'tcp_fin', evidence: { lastSent: 'publish', lastTopic: 'plant/secret/state', publishesSent: 1 } },
    })
    atMs += everyMs + world.between(0, 40)
  }
}

export const stories: readonly Story[] = [
  {
    title: 'a policy denies the first publish; the broker says so',
    right: ['authorization_denied'],
    tell: (world) => {
      hangUp(world, { cause: 'not_authorized', observes: false, times: 60 })
      return { of: 'client', clientId: 'curious' }
    },
  },
  {
    title: 'the broker hangs up without a word; the client knows what it sent last',
    right: ['authorization_denied'],
    tell: (world) => {
      hangUp(world, { cause: 'network_eof', observes: true, times: 40 })
      return { of: 'client', clientId: 'curious' }
    },
  },
  {
    title: 'asked of the broker with minutes only',
    right: ['authorization_denied'],
    minutesOnly: true,
    tell: (world) => {
      hangUp(world, { cause: 'not_authorized', observes: false, times: 200 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'two with one id, at a broker that tells no take-over',
    resembles: 'authorization_denied',
    right: ['unknown', 'duplicate_client_id'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const pair = [1, 2].map(() => world.member('twin', { broker: 'b1' }))
      let atMs = world.beginMs
      let held = world.begin(pair[0] ?? world.member('twin'), atMs)
      for (let time = 1; time < 60; time += 1) {
        atMs += world.near(1060, 20)
        const next = world.begin(pair[time % 2] ?? world.member('twin'), atMs)
        world.end(held, atMs + 2, { cause: 'unknown' })
        held = next
      }
      return { of: 'client', clientId: 'twin' }
    },
  },
  {
    title: 'its packets are too large: it is thrown out as fast',
    resembles: 'authorization_denied',
    right: ['protocol_violation'],
    tell: (world) => {
      hangUp(world, { cause: 'packet_too_large', observes: false, times: 40 })
      return { of: 'client', clientId: 'curious' }
    },
  },
  {
    title: 'sessions of minutes that end for no reason',
    resembles: 'authorization_denied',
    right: ['unknown', 'client_stall', 'changing_network'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('curious', { broker: 'b1' })
      let atMs = world.beginMs
      for (let time = 0; time < 15; time += 1) {
        const connection = world.begin(member, atMs)
        atMs -= Math.log(1 - world.random()) * 3 * minuteMs
        world.end(connection, atMs, { cause: 'network_eof' })
        atMs += 1050
      }
      return { of: 'client', clientId: 'curious' }
    },
  },
]
