/** Stories of connections that an operator or a ban ended, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'

const hourMs = 3600 * secondMs

export const stories: readonly Story[] = [
  {
    title: 'an operator throws a client out, and bans it',
    right: ['kicked'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('noisy-1', { protocol: 5, observes: true })
      const connection = world.begin(member, world.beginMs)
      let atMs = world.beginMs + 20 * minuteMs
      world.end(connection, atMs, {
        cause: 'kicked',
        reasonCode: 0x98,
        sees: { cause: 'server_disconnect', code: 0x98 },
      })
      for (let time = 0; time < 8; time += 1) {
        atMs += world.near(1010, 5)
        world.refuse(member, atMs, { cause: 'kicked', code: 0x8a, sees: { cause: 'connack_refused', code: 0x8a } })
      }
      return { of: 'client', clientId: 'noisy-1' }
    },
  },
  {
    title: 'thrown out three times in an hour, and let in again',
    right: ['kicked'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('noisy-1')
      let atMs = world.beginMs
      for (let time = 0; time < 3; time += 1) {
        const connection = world.begin(member, atMs)
        atMs += world.between(5, 20) * minuteMs
        world.end(connection, atMs, { cause: 'kicked' })
        atMs += world.between(1000, 1100)
      }
      return { of: 'client', clientId: 'noisy-1' }
    },
  },
  {
    title: 'a broker is emptied by hand: fifty clients in one act',
    right: ['kicked'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const atMs = world.beginMs + 30 * minuteMs
      for (let index = 0; index < 50; index += 1) {
        const member = world.member(`line-${index}`, { broker: 'b1' })
        const connection = world.begin(member, world.beginMs + world.between(0, 60_000))
        world.end(connection, atMs + world.between(0, 900), { cause: 'kicked' })
        world.begin(member, atMs + world.between(2000, 5000), { broker: 'b2' })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same as minutes tell it',
    right: ['kicked'],
    minutesOnly: true,
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const atMs = world.beginMs + 30 * minuteMs
      for (let index = 0; index < 50; index += 1) {
        const member = world.member(`line-${index}`, { broker: 'b1' })
        const connection = world.begin(member, world.beginMs + world.between(0, 60_000))
        world.end(connection, atMs + world.between(0, 900), { cause: 'kicked' })
        world.begin(member, atMs + world.between(2000, 5000), { broker: 'b2' })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a broker that shuts down and comes back',
    resembles: 'kicked',
    right: ['broker_restart', 'reconnect_storm', 'unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const atMs = world.beginMs + 30 * minuteMs
      for (let index = 0; index < 50; index += 1) {
        const member = world.member(`line-${index}`, { broker: 'b1' })
        const connection = world.begin(member, world.beginMs + world.between(0, 60_000))
        world.end(connection, atMs + world.between(0, 900), { cause: 'server_shutdown' })
        world.begin(member, atMs + 8000 + world.between(0, 30_000))
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a second client with the id throws it out',
    resembles: 'kicked',
    right: ['duplicate_client_id'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const pair = [world.member('noisy-1', { broker: 'b1' }), world.member('noisy-1', { broker: 'b1' })]
      let atMs = world.beginMs
      for (let time = 0; time < 30; time += 1) {
        const member = pair[time % 2]
        if (member === undefined) break
        const connection = world.begin(member, atMs)
        atMs += world.near(1050, 20)
        // The broker's flapping detection throws it out, too.
        world.end(connection, atMs, { cause: time === 29 ? 'kicked' : 'session_taken_over' })
      }
      return { of: 'client', clientId: 'noisy-1' }
    },
  },
  {
    title: 'two fight over the id until flapping detection bans both',
    resembles: 'kicked',
    right: ['duplicate_client_id'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const pair = [world.member('noisy-1', { broker: 'b1' }), world.member('noisy-1', { broker: 'b1' })]
      let atMs = world.beginMs
      for (let time = 0; time < 15; time += 1) {
        const member = pair[time % 2]
        if (member === undefined) break
        const connection = world.begin(member, atMs)
        atMs += world.near(1050, 20)
        world.end(connection, atMs, { cause: 'session_taken_over' })
      }
      for (const member of pair) {
        for (let time = 1; time < 120; time += 1) {
          world.refuse(member, atMs + 1000 * time + world.between(0, 900), { cause: 'kicked', code: 0x8a })
        }
      }
      return { of: 'client', clientId: 'noisy-1' }
    },
  },
]
