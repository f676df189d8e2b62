/** Stories of one id on two brokers at once, and of what looks like it. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { Member, World } from '../world.ts'

const hourMs = 3600 * secondMs

/** Lives its life on its broker, without knowing of the other. */
function live(world: World, member: Member, meanMs: number, loses = 0) {
  let atMs = world.beginMs + world.between(0, 10 * minuteMs)
  const untilMs = world.beginMs + 6 * hourMs
  while (atMs < untilMs) {
    const connection = world.begin(member, atMs)
    atMs += -Math.log(1 - world.random()) * meanMs + 5 * minuteMs
    const silent = world.random() < loses
    world.end(connection, atMs, { cause: 'network_eof', silent, sees: { cause: 'tcp_fin' } })
    atMs += world.between(1000, 3000)
  }
}

function twins(world: World, observes: boolean, loses = 0) {
  world.fleet(world.beginMs + hourMs)
  live(world, world.member('plc-8', { broker: 'b1', observes }), 40 * minuteMs, loses)
  live(world, world.member('plc-8', { broker: 'b2', observes, clockMs: 90_000 }), 50 * minuteMs, loses)
  return { of: 'client' as const, clientId: 'plc-8' }
}

export const stories: readonly Story[] = [
  {
    title: 'two controllers with one id, one on each broker',
    right: ['id_on_two_brokers'],
    tell: (world) => twins(world, false),
  },
  {
    title: 'the same, both observe themselves, a clock is off',
    right: ['id_on_two_brokers'],
    tell: (world) => twins(world, true),
  },
  {
    title: 'the same, a fifth of the ends is lost',
    right: ['id_on_two_brokers'],
    tell: (world) => twins(world, false, 0.2),
  },
  {
    title: 'a client that moves leaves its session behind until the keepalive is over',
    resembles: 'id_on_two_brokers',
    right: ['client_stall', 'changing_network', 'half_open', 'unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('plc-8', { keepaliveSeconds: 60 })
      let atMs = world.beginMs
      for (let time = 0; time < 6; time += 1) {
        const connection = world.begin(member, atMs, { broker: time % 2 === 0 ? 'b1' : 'b2' })
        atMs += world.between(10, 90) * minuteMs
        world.end(connection, atMs + world.between(60, 89) * secondMs, { cause: 'keepalive_timeout' })
      }
      return { of: 'client', clientId: 'plc-8' }
    },
  },
  {
    title: 'a client that moves to and fro; of half its sessions the end was lost',
    resembles: 'id_on_two_brokers',
    right: ['unknown', 'changing_network'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('plc-8')
      let atMs = world.beginMs
      for (let time = 0; time < 9; time += 1) {
        const connection = world.begin(member, atMs, { broker: time % 2 === 0 ? 'b1' : 'b2' })
        atMs += world.between(10, 50) * minuteMs
        world.end(connection, atMs, { cause: 'network_eof', silent: time % 2 === 0 })
        atMs += world.between(1, 20) * secondMs
      }
      return { of: 'client', clientId: 'plc-8' }
    },
  },
  {
    title: 'a client that moved for good; its last end on the old broker was lost',
    resembles: 'id_on_two_brokers',
    right: ['unknown', 'client_stall'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('plc-8')
      let atMs = world.beginMs
      for (let time = 0; time < 7; time += 1) {
        const connection = world.begin(member, atMs, { broker: time < 3 ? 'b1' : 'b2' })
        atMs += world.between(10, 50) * minuteMs
        world.end(connection, atMs, { cause: 'network_eof', silent: time === 2 })
        atMs += world.between(1, 20) * secondMs
      }
      return { of: 'client', clientId: 'plc-8' }
    },
  },
  {
    title: 'two with one id in a cluster that ends the older, wherever it is',
    resembles: 'id_on_two_brokers',
    right: ['duplicate_client_id'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const pair = [world.member('plc-8', { broker: 'b1' }), world.member('plc-8', { broker: 'b2' })]
      let atMs = world.beginMs
      let holder: ReturnType<World['begin']> | undefined
      for (let time = 0; time < 40; time += 1) {
        const member = pair[time % 2]
        if (member === undefined) break
        const connection = world.begin(member, atMs)
        if (holder !== undefined) world.end(holder, atMs + world.between(1, 40), { cause: 'session_taken_over' })
        holder = connection
        atMs += world.near(1080, 20)
      }
      return { of: 'client', clientId: 'plc-8' }
    },
  },
]
