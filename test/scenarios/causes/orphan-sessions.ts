/** Stories of clients with a new id at every connect, and of what looks like them. */
import { minuteMs, secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { Traits, World } from '../world.ts'

const hourMs = 3600 * secondMs

/** An application that makes a random id each time it connects. */
function nomad(
  world: World,
  traits: Partial<Traits>,
  {
    times = 30,
    ageMs = () => -Math.log(1 - world.random()) * 4 * minuteMs,
  }: { times?: number; ageMs?: () => number } = {},
) {
  const { address } = world.member('host')
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    const id = `mqttjs_${Math.floor(world.random() * 0xffff_ffff)
      .toString(16)
      .padStart(8, '0')}`
    const connection = world.begin(world.member(id, { address, broker: 'b1', ...traits }), atMs)
    atMs += ageMs()
    world.end(connection, atMs, { cause: 'network_eof', sees: { cause: 'tcp_fin' } })
    atMs += world.between(1000, 1100)
  }
  return { of: 'broker' as const, broker: 'b1' }
}

/** Two hundred ids that come once, with sessions that are kept. */
function pages(world: World, { leaves }: { leaves: boolean }) {
  const addresses = Array.from({ length: 10 }, (_, index) => world.member(`host-${index}`).address)
  for (let index = 0; index < 200; index += 1) {
    const id = `web-${Math.floor(world.random() * 0xffff_ffff).toString(16)}`
    const address = addresses[index % addresses.length] ?? ''
    const atMs = world.beginMs + index * 30_000
    const connection = world.begin(world.member(id, { address, broker: 'b1', cleanStart: false }), atMs)
    const cause = world.random() < 0.8 ? 'client_requested' : 'network_eof'
    if (leaves) world.end(connection, atMs + world.between(20_000, 200_000), { cause })
    if (index % 8 === 0) world.gauge('b1', 'sessions', atMs, 70 + index)
  }
}

export const stories: readonly Story[] = [
  {
    title: 'a script with the default id and clean: false',
    right: ['orphan_sessions'],
    tell: (world) => {
      world.fleet(world.beginMs + 2 * hourMs)
      return nomad(world, { cleanStart: false })
    },
  },
  {
    title: 'the same, it observes itself; asked of the cluster',
    right: ['orphan_sessions'],
    tell: (world) => {
      world.fleet(world.beginMs + 2 * hourMs)
      nomad(world, { cleanStart: false, observes: true }, { times: 50 })
      return { of: 'cluster' }
    },
  },
  {
    title: 'ten devices behind one address that keep their ids and sessions, on a bad line',
    resembles: 'orphan_sessions',
    right: ['unknown', 'client_stall', 'process_stall'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const { address } = world.member('site')
      for (let device = 0; device < 10; device += 1) {
        const member = world.member(`meter-${device}`, { address, broker: 'b1', cleanStart: false })
        let atMs = world.beginMs + world.between(0, 600_000)
        for (let time = 0; time < 4; time += 1) {
          const connection = world.begin(member, atMs)
          atMs += -Math.log(1 - world.random()) * 15 * minuteMs
          world.end(connection, atMs, { cause: 'network_eof' })
          atMs += world.between(1000, 5000)
        }
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'random ids with a clean session, cut by a proxy at 60 s',
    resembles: 'orphan_sessions',
    right: ['idle_timeout'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      return nomad(
        world,
        { cleanStart: true, keepaliveSeconds: 60 },
        { ageMs: () => world.between(60_000, 60_900), times: 60 },
      )
    },
  },
  {
    title: 'pages behind ten addresses, minutes apart; the sessions of the broker pile up',
    right: ['orphan_sessions'],
    tell: (world) => {
      world.fleet(world.beginMs + 2 * hourMs)
      pages(world, { leaves: true })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'as many new devices are taken into service, and stay',
    resembles: 'orphan_sessions',
    right: ['unknown', 'graceful', 'uneven_load'],
    tell: (world) => {
      pages(world, { leaves: false })
      return { of: 'broker', broker: 'b1' }
    },
  },
]
