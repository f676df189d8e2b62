/** Stories of two clients with one id, and of what looks like it. */
import type { Cause } from '../../../domain/cause.ts'
import { secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 3600 * secondMs

/** Two processes with one id throw each other out, each back after its reconnectPeriod. */
function fight(
  world: World,
  {
    times,
    observes = [false, false],
    cause = 'session_taken_over',
    periodMs = 1060,
    loses = 0,
    address,
  }: {
    times: number
    observes?: readonly [boolean, boolean]
    cause?: Cause
    periodMs?: number
    /** Share of ends that are lost. */
    loses?: number
    address?: string
  },
) {
  const traits = { broker: 'b1', ...(address === undefined ? {} : { address }) }
  world.fleet(world.beginMs + hourMs, address === undefined ? {} : { address })
  const one = world.member('gateway-1', { ...traits, observes: observes[0], clockMs: 40_000, reconnectPeriodMs: 1000 })
  const other = world.member('gateway-1', { ...traits, observes: observes[1] })
  let atMs = world.beginMs
  let [holder, challenger] = [one, other]
  let connection = world.begin(holder, atMs)
  for (let time = 0; time < times; time += 1) {
    atMs += world.near(periodMs, 0.02 * periodMs)
    const next = world.begin(challenger, atMs)
    const silent = world.random() < loses
    world.end(connection, atMs + world.between(0, 3), { cause, silent, sees: { cause: 'tcp_fin' } })
    connection = next
    ;[holder, challenger] = [challenger, holder]
  }
}

const asked = { of: 'client' as const, clientId: 'gateway-1' }

export const stories: readonly Story[] = [
  {
    title: 'two gateways with a copied configuration',
    right: ['duplicate_client_id'],
    tell: (world) => {
      fight(world, { times: 60 })
      return asked
    },
  },
  {
    title: 'the same, after a few seconds, one of them observes itself',
    right: ['duplicate_client_id'],
    tell: (world) => {
      fight(world, { times: 5, observes: [true, false] })
      return asked
    },
  },
  {
    title: 'both observe themselves, one clock is 40 s ahead, one end in ten is lost; asked of the broker',
    right: ['duplicate_client_id'],
    tell: (world) => {
      fight(world, { times: 90, observes: [true, true], loses: 0.1 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same as an alert in a replay sees it: minutes only',
    right: ['duplicate_client_id'],
    minutesOnly: true,
    tell: (world) => {
      fight(world, { times: 120 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'two that come back after a minute, as an alert in a replay sees it: minutes only',
    right: ['duplicate_client_id'],
    minutesOnly: true,
    tell: (world) => {
      fight(world, { times: 30, periodMs: 61_000 })
      return asked
    },
  },
  {
    title: 'two that come back every five minutes',
    right: ['duplicate_client_id'],
    tell: (world) => {
      fight(world, { times: 14, periodMs: 300_000 })
      return asked
    },
  },
  {
    title: 'a broker that has no word for a take-over',
    right: ['duplicate_client_id'],
    tell: (world) => {
      fight(world, { times: 60, cause: 'unknown' })
      return asked
    },
  },
  {
    title: 'two behind one proxy, from whose address everybody comes',
    right: ['duplicate_client_id', 'forked_client_id'],
    tell: (world) => {
      fight(world, { times: 60, address: '10.0.0.9' })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a client comes back before the broker noticed, twice in a day',
    resembles: 'duplicate_client_id',
    right: ['benign_takeover'],
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
  {
    title: 'a phone between its home network and the street, often back before the broker noticed',
    resembles: 'duplicate_client_id',
    right: ['changing_network', 'benign_takeover'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const phone = world.member('phone-1')
      let atMs = world.beginMs
      for (let time = 0; time < 10; time += 1) {
        const address = time % 3 === 0 ? phone.address : world.member('street').address
        const connection = world.begin(phone, atMs, { peer: `${address}:${20_000 + time}` })
        const ageMs = -Math.log(1 - world.random()) * 1_200_000 + 20_000
        const isBack = world.random() < 0.5
        world.end(connection, atMs + ageMs, { cause: isBack ? 'session_taken_over' : 'keepalive_timeout' })
        atMs += ageMs + (isBack ? -2 : world.between(1000, 9000))
      }
      return { of: 'client', clientId: 'phone-1' }
    },
  },
  {
    title: 'a client that is closed within a second and comes back at once, from one address',
    resembles: 'duplicate_client_id',
    right: ['authorization_denied', 'unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('writer-1')
      let atMs = world.beginMs
      for (let time = 0; time < 30; time += 1) {
        const connection = world.begin(member, atMs)
        atMs += world.between(40, 400)
        world.end(connection, atMs, { cause: 'network_eof' })
        atMs += world.between(1000, 1060)
      }
      return { of: 'client', clientId: 'writer-1' }
    },
  },
]
