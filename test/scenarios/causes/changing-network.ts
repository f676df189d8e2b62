/** Stories of clients that move from network to network, and of what looks like them. */
import type { Cause } from '../../../domain/cause.ts'
import type { ClientCause } from '../../../domain/client-cause.ts'
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { Traits, World } from '../world.ts'

const hourMs = 3600 * secondMs
const losses: readonly (readonly [Cause, ClientCause])[] = [
  ['network_eof', 'tcp_reset'],
  ['keepalive_timeout', 'keepalive_timeout'],
  ['keepalive_timeout', 'tcp_reset'],
]

/** A truck: each cell it passes gives it another address. */
function drive(world: World, traits: Partial<Traits>, times = 12) {
  const truck = world.member('truck-1', traits)
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    // Now and then the network gives it the address it had.
    const address = world.random() < 0.15 ? truck.address : world.member('cell').address
    const connection = world.begin(truck, atMs, { peer: `${address}:${Math.floor(world.between(20_000, 60_000))}` })
    atMs += -Math.log(1 - world.random()) * 20 * minuteMs + 30 * secondMs
    const [cause, sees] = losses[Math.floor(world.random() * losses.length)] ?? ['network_eof', 'tcp_reset']
    world.end(connection, atMs, { cause, sees: { cause: sees } })
    atMs += world.between(2000, 60_000)
  }
  return { of: 'client' as const, clientId: 'truck-1' }
}

export const stories: readonly Story[] = [
  {
    title: 'a truck, seen by the broker only',
    right: ['changing_network'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      return drive(world, { observes: false })
    },
  },
  {
    title: 'a truck that observes itself, its clock is off',
    right: ['changing_network'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      return drive(world, { observes: true, clockMs: -100_000 }, 20)
    },
  },
  {
    title: 'a client behind a proxy of three addresses, which cuts at 60 s',
    resembles: 'changing_network',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('meter-3', { keepaliveSeconds: 90 })
      let atMs = world.beginMs
      for (let time = 0; time < 20; time += 1) {
        const node = 1 + Math.floor(world.random() * 3)
        const connection = world.begin(member, atMs, { peer: `10.0.0.${node}:${30_000 + time}` })
        atMs += world.between(60_000, 60_800)
        world.end(connection, atMs, { cause: 'network_eof' })
        atMs += world.between(1000, 1060)
      }
      return { of: 'client', clientId: 'meter-3' }
    },
  },
  {
    title: 'two with one id, from two addresses in turn',
    resembles: 'changing_network',
    right: ['duplicate_client_id'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const pair = [world.member('truck-1', { broker: 'b1' }), world.member('truck-1', { broker: 'b1' })]
      let atMs = world.beginMs
      let holder: ReturnType<World['begin']> | undefined
      for (let time = 0; time < 20; time += 1) {
        const member = pair[time % 2]
        if (member === undefined) break
        const connection = world.begin(member, atMs)
        if (holder !== undefined) world.end(holder, atMs + 2, { cause: 'session_taken_over' })
        holder = connection
        atMs += world.near(5050, 60)
      }
      return { of: 'client', clientId: 'truck-1' }
    },
  },
  {
    title: 'a bad line at one address',
    resembles: 'changing_network',
    right: ['unknown', 'client_stall'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('shed-1')
      let atMs = world.beginMs
      for (let time = 0; time < 12; time += 1) {
        const connection = world.begin(member, atMs)
        atMs += -Math.log(1 - world.random()) * 20 * minuteMs + 30 * secondMs
        world.end(connection, atMs, { cause: time % 2 === 0 ? 'network_eof' : 'keepalive_timeout' })
        atMs += world.between(2000, 60_000)
      }
      return { of: 'client', clientId: 'shed-1' }
    },
  },
]
