/** Stories of too many messages in flight, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { EndTold, World } from '../world.ts'

const hourMs = 60 * minuteMs

function burst(world: World, told: EndTold, { observes = false, times = 8 } = {}) {
  world.fleet(world.beginMs + hourMs)
  const member = world.member('eager', { broker: 'b1', protocol: 5, observes })
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    const connection = world.begin(member, atMs)
    atMs += world.between(2000, 200_000)
    world.end(connection, atMs, told)
    atMs += 1050
  }
  return { of: 'client' as const, clientId: 'eager' }
}

export const stories: readonly Story[] = [
  {
    title: 'a library that does not count what is in flight; the broker says so',
    right: ['flow_control_violation'],
    tell: (world) => burst(world, { cause: 'quota_exceeded', reasonCode: 0x93, reason: 'receive_maximum_exceeded' }),
  },
  {
    title: 'the broker sends more than the client allowed: the client ends it',
    right: ['flow_control_violation'],
    tell: (world) =>
      burst(
        world,
        { cause: 'network_eof', sees: { cause: 'protocol_error', code: 0x93, evidence: { publishesReceived: 900 } } },
        { observes: true },
      ),
  },
  {
    title: 'one such end, and nothing else',
    right: ['flow_control_violation'],
    tell: (world) => burst(world, { cause: 'quota_exceeded', reasonCode: 0x93 }, { times: 1 }),
  },
  {
    title: 'a quota of messages a second',
    resembles: 'flow_control_violation',
    right: ['slow_consumer', 'unknown'],
    tell: (world) => burst(world, { cause: 'quota_exceeded', reasonCode: 0x96 }),
  },
  {
    title: 'a malformed packet',
    resembles: 'flow_control_violation',
    right: ['protocol_violation'],
    tell: (world) => burst(world, { cause: 'protocol_error', reasonCode: 0x81 }),
  },
]
