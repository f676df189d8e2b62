/** Stories of credentials that expire, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import { crowdSize, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 60 * minuteMs

interface Token {
  readonly lifeMs: () => number
  readonly times: number
  readonly fromMs?: number
  readonly observes?: boolean
  /** The broker ends the session when the token is over; else it is only refused at the next connect. */
  readonly enforced?: boolean
}

/** A client with a token of one start, which is used on; somebody restarts it each time. */
function useOn(
  world: World,
  clientId: string,
  { lifeMs, times, fromMs = world.beginMs, observes = false, enforced = true }: Token,
) {
  const member = world.member(clientId, { broker: 'b1', observes })
  let atMs = fromMs
  for (let time = 0; time < times; time += 1) {
    const overMs = atMs + lifeMs()
    let beganMs = atMs
    // Drops in between do no harm: the token is still good.
    while (world.random() < 0.5) {
      const dropMs = beganMs + world.between(0.1, 0.6) * (overMs - beganMs)
      world.end(world.begin(member, beganMs), dropMs, { cause: 'network_eof', sees: { cause: 'tcp_fin' } })
      beganMs = dropMs + 1050
    }
    const refusedMs = enforced ? overMs : overMs + world.between(0, 5000)
    world.end(world.begin(member, beganMs), refusedMs, {
      cause: enforced ? 'not_authorized' : 'network_eof',
      sees: { cause: 'tcp_fin' },
    })
    for (let attempt = 0; attempt < 25; attempt += 1) {
      world.refuse(member, refusedMs + 1000 + attempt * 1040, {
        cause: 'not_authorized',
        code: member.protocol === 5 ? 0x87 : 5,
        sees: { cause: 'connack_refused', code: 5, evidence: { attempt: attempt + 1 } },
      })
    }
    atMs = refusedMs + world.between(2, 50) * minuteMs
  }
  return { of: 'client' as const, clientId }
}

export const stories: readonly Story[] = [
  {
    title: 'a token of an hour, five starts',
    right: ['expired_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + 6 * hourMs)
      return useOn(world, 'cloudy', { lifeMs: () => hourMs + world.between(0, 2000), times: 5 })
    },
  },
  {
    title: 'a token of fifteen minutes, one start only, the client observes itself',
    right: ['expired_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      return useOn(world, 'cloudy', { lifeMs: () => 900 * secondMs + world.between(0, 3000), times: 1, observes: true })
    },
  },
  {
    title: 'six clients whose connections the broker limits to half an hour, asked of it',
    right: ['expired_credentials'],
    tell: (world) => {
      for (let index = 0; index < 6; index += 1) {
        const member = world.member(`guest-${index}`, { broker: 'b1', protocol: 5 })
        let atMs = world.beginMs + world.between(0, 5 * minuteMs)
        for (let time = 0; time < 4; time += 1) {
          const connection = world.begin(member, atMs)
          atMs += 1800 * secondMs + world.between(0, 900)
          world.end(connection, atMs, {
            cause: 'lifetime_expired',
            reasonCode: 0xa0,
            sees: { cause: 'server_disconnect', code: 0xa0 },
          })
          atMs += 1040
        }
        world.begin(member, atMs)
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'twelve clients, each with its own token of an hour, asked of the broker',
    right: ['expired_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + 2 * hourMs)
      for (let index = 0; index < 12; index += 1) {
        const fromMs = world.beginMs + world.between(0, 20) * minuteMs
        useOn(world, `cloudy-${index}`, { lifeMs: () => hourMs + world.between(0, 4000), times: 1, fromMs })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'guests that the broker limits to half an hour, minutes only',
    right: ['expired_credentials'],
    minutesOnly: true,
    tell: (world) => {
      gather(world, { count: crowdSize(world), broker: 'b1', fromMs: world.beginMs - 9 * minuteMs, overMs: minuteMs })
      for (let index = 0; index < 20; index += 1) {
        const member = world.member(`guest-${index}`, { broker: 'b1' })
        const atMs = world.beginMs + world.between(0, 5 * minuteMs)
        world.end(world.begin(member, atMs), atMs + 1800 * secondMs, { cause: 'lifetime_expired' })
        world.begin(member, atMs + 1801 * secondMs)
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'refused from the first attempt on',
    resembles: 'expired_credentials',
    right: ['bad_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('newcomer', { broker: 'b1' })
      for (let time = 0; time < 3600; time += 30)
        world.refuse(member, world.beginMs + time * secondMs, { cause: 'not_authorized', code: 5 })
      return { of: 'client', clientId: 'newcomer' }
    },
  },
  {
    title: 'a password was changed once, at no age that means anything',
    resembles: 'expired_credentials',
    right: ['unknown', 'expired_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + 8 * hourMs)
      return useOn(world, 'forgotten', { lifeMs: () => world.between(2.1, 3.9) * hourMs, times: 1 })
    },
  },
  {
    title: 'a password that twelve clients share is changed, some hours after they started together',
    resembles: 'expired_credentials',
    right: ['unknown', 'bad_credentials', 'kicked'],
    tell: (world) => {
      world.fleet(world.beginMs + 8 * hourMs)
      const changedMs = world.beginMs + world.between(2.1, 3.9) * hourMs
      for (let index = 0; index < 12; index += 1) {
        const fromMs = world.beginMs + world.between(0, 8) * secondMs
        useOn(world, `cloudy-${index}`, { lifeMs: () => changedMs + world.between(0, 900) - fromMs, times: 1, fromMs })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a proxy cuts what is idle for an hour; nothing is refused',
    resembles: 'expired_credentials',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + 8 * hourMs)
      const member = world.member('idler', { broker: 'b1', keepaliveSeconds: 7200 })
      let atMs = world.beginMs
      for (let time = 0; time < 7; time += 1) {
        const connection = world.begin(member, atMs)
        atMs += hourMs + world.between(0, 900)
        world.end(connection, atMs, { cause: 'network_eof' })
        atMs += 1050
      }
      return { of: 'client', clientId: 'idler' }
    },
  },
]
