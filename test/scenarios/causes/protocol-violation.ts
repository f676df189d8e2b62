/** Stories of packets that are not allowed, and of what looks like it. */
import type { Cause } from '../../../domain/cause.ts'
import { minuteMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 60 * minuteMs

function offend(
  world: World,
  {
    cause,
    code,
    times,
    clients = 1,
    observes = false,
  }: { cause: Cause; code: number; times: number; clients?: number; observes?: boolean },
) {
  world.fleet(world.beginMs + hourMs)
  for (let index = 0; index < clients; index += 1) {
    const member = world.member(`odd-${index}`, { broker: 'b1', protocol: 5, observes })
    let atMs = world.beginMs
    for (let time = 0; time < times; time += 1) {
      const connection = world.begin(member, atMs)
      atMs += world.between(500, 60_000)
      world.end(connection, atMs, {
        cause,
        reasonCode: code,
        sees: { cause: 'server_disconnect', code, evidence: { lastSent: 'publish', lastTopic: 'plant/images' } },
      })
      atMs += 1050
    }
  }
}

export const stories: readonly Story[] = [
  {
    title: 'pictures that are larger than the broker takes',
    right: ['protocol_violation'],
    tell: (world) => {
      offend(world, { cause: 'packet_too_large', code: 0x95, times: 12, observes: true })
      return { of: 'client', clientId: 'odd-0' }
    },
  },
  {
    title: 'a library that forms packets badly, on three devices; asked of the broker',
    right: ['protocol_violation'],
    tell: (world) => {
      offend(world, { cause: 'protocol_error', code: 0x82, times: 20, clients: 3 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same with minutes only',
    right: ['protocol_violation'],
    minutesOnly: true,
    tell: (world) => {
      offend(world, { cause: 'protocol_error', code: 0x81, times: 20, clients: 3 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the client may not publish there: closed as fast',
    resembles: 'protocol_violation',
    right: ['authorization_denied'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('curious', { broker: 'b1', protocol: 5 })
      for (let time = 0; time < 40; time += 1) {
        const connection = world.begin(member, world.beginMs + time * 1500)
        world.end(connection, world.beginMs + time * 1500 + world.between(50, 300), {
          cause: 'not_authorized',
          reasonCode: 0x87,
        })
      }
      return { of: 'client', clientId: 'curious' }
    },
  },
  {
    title: 'more in flight than allowed: that is flow control',
    resembles: 'protocol_violation',
    right: ['flow_control_violation'],
    tell: (world) => {
      offend(world, { cause: 'quota_exceeded', code: 0x93, times: 12 })
      return { of: 'client', clientId: 'odd-0' }
    },
  },
]
