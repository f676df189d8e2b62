/** Stories of brokers that may have no more connections, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import { crowdSize, endAll, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

interface Full {
  readonly ceiling: number
  /** What the broker says to those who come too late; without: they only see that it closes. */
  readonly code?: number
  readonly late?: number
}

/** The broker fills to its ceiling; whoever comes then fails, comes again, and now and then takes the place of one that left. */
function fill(world: World, { ceiling, code, late = 12 }: Full) {
  const held = gather(world, {
    count: ceiling,
    broker: 'b1',
    fromMs: world.beginMs - 9 * minuteMs,
    overMs: 12 * minuteMs,
    observing: 0.1,
  })
  const fullMs = world.beginMs + 4 * minuteMs
  for (const broker of ['b2', 'b3'])
    gather(world, { count: 60, broker, fromMs: world.beginMs - 9 * minuteMs, overMs: 8 * minuteMs })
  for (let client = 0; client < late; client += 1) {
    const member = world.member(`late-${client}`, { broker: 'b1', observes: true })
    let atMs = fullMs + world.between(0, 60_000)
    for (let time = 0; time < 25; time += 1) {
      const evidence = { attempt: time + 1, phase: 'mqtt' as const }
      const quiet =
        world.random() < 0.5
          ? ({ cause: 'tcp_fin', evidence } as const)
          : ({ cause: 'connack_timeout', evidence } as const)
      world.refuse(
        member,
        atMs,
        code === undefined
          ? { sees: quiet }
          : {
              cause: code === 3 ? 'server_error' : 'quota_exceeded',
              code,
              sees: { cause: 'connack_refused', code, evidence },
            },
      )
      atMs += world.between(30, 40) * secondMs
    }
  }
  for (let change = 0; change < 5; change += 1) {
    const [leaving] = held.splice(Math.floor(world.random() * held.length), 1)
    const atMs = fullMs + (change + 1) * 2 * minuteMs
    if (leaving !== undefined) world.end(leaving, atMs, { cause: 'client_requested' })
    world.begin(world.member(`lucky-${change}`, { broker: 'b1' }), atMs + 3000)
  }
}

export const stories: readonly Story[] = [
  {
    title: 'mosquitto with 1024 open files: attempts fail without a word',
    right: ['connection_limit'],
    tell: (world) => {
      fill(world, { ceiling: 1014 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a limit that was set, and the broker says so; minutes only',
    right: ['connection_limit'],
    minutesOnly: true,
    tell: (world) => {
      world.configure('b1', { maximumConnections: 300 })
      fill(world, { ceiling: 299, code: 0x97 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a client that finds no place asks why',
    right: ['connection_limit'],
    tell: (world) => {
      world.configure('b1', { maximumConnections: 500 })
      fill(world, { ceiling: 500, code: 3 })
      return { of: 'client', clientId: 'late-3' }
    },
  },
  {
    title: 'nearly full, and nobody was refused so far',
    right: ['connection_limit'],
    minutesOnly: true,
    tell: (world) => {
      world.configure('b1', { maximumConnections: 320 })
      for (const broker of world.brokers)
        gather(world, { count: 300, broker, fromMs: world.beginMs, overMs: 5 * minuteMs })
      world.begin(world.member('latecomer', { broker: 'b2' }), world.beginMs + 20 * minuteMs)
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a steady fleet, and one client with a bad password',
    resembles: 'connection_limit',
    right: ['bad_credentials'],
    tell: (world) => {
      for (const broker of world.brokers)
        gather(world, { count: 300, broker, fromMs: world.beginMs - 9 * minuteMs, overMs: 5 * minuteMs })
      const stranger = world.member('stranger', { broker: 'b1', protocol: 5 })
      for (let time = 0; time < 60; time += 1) {
        world.refuse(stranger, world.beginMs + time * world.between(9900, 10_100), {
          cause: 'not_authorized',
          code: 0x86,
        })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'all brokers refuse: what they ask for credentials is out of order',
    resembles: 'connection_limit',
    right: ['unknown'],
    tell: (world) => {
      const count = crowdSize(world)
      for (const broker of world.brokers) {
        gather(world, { count, broker, fromMs: world.beginMs - 9 * minuteMs, overMs: 5 * minuteMs })
        for (let index = 0; index < 20; index += 1) {
          const member = world.member(`${broker}-new-${index}`, { broker })
          for (let time = 0; time < 10; time += 1) {
            world.refuse(member, world.beginMs + time * 60_000 + world.between(0, 30_000), {
              cause: 'server_error',
              code: 3,
            })
          }
        }
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'all clients of a broker at 1010 of them are thrown out and come back',
    resembles: 'connection_limit',
    right: ['broker_restart'],
    tell: (world) => {
      const held = gather(world, {
        count: 1010,
        broker: 'b1',
        fromMs: world.beginMs - 9 * minuteMs,
        overMs: 5 * minuteMs,
      })
      const atMs = world.beginMs + 10 * minuteMs
      endAll(world, held, atMs, 900, { cause: 'server_shutdown' })
      for (const { member } of held) world.begin(member, atMs + world.between(6000, 120_000))
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the broker says that its licence is used up; no number was told before',
    right: ['connection_limit'],
    tell: (world) => {
      const member = world.member('late', { broker: 'b1' })
      for (let time = 0; time < 20; time += 1) {
        const reason = 'license limit of 25 connections reached'
        world.tell({
          clientId: 'late',
          type: 'refused',
          atMs: world.beginMs + time * 10_000,
          cause: 'quota_exceeded',
          reason,
        })
      }
      return { of: 'client', clientId: member.clientId }
    },
  },
  {
    title: 'the broker says that clients come too fast',
    resembles: 'connection_limit',
    right: ['unknown', 'reconnect_storm', 'overloaded_broker'],
    tell: (world) => {
      for (let time = 0; time < 20; time += 1) {
        const reason = 'connection rate limit exceeded'
        world.tell({
          clientId: 'late',
          type: 'refused',
          atMs: world.beginMs + time * 10_000,
          cause: 'quota_exceeded',
          reason,
        })
      }
      return { of: 'client', clientId: 'late' }
    },
  },
]
