/** Stories of brokers that are restarted, and of what looks like it. */
import type { Cause } from '../../../domain/cause.ts'
import { dayMs, minuteMs } from '../../../domain/time.ts'
import { crowdSize, endAll, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

/** All clients of b1 end within a second and are back within a minute. */
function restart(world: World, { cause, overMs = 900 }: { cause: Cause; overMs?: number }) {
  const count = crowdSize(world)
  const fromMs = world.beginMs - 9 * minuteMs
  const held = gather(world, { count, broker: 'b1', fromMs, overMs: 2 * minuteMs })
  for (const broker of ['b2', 'b3']) gather(world, { count, broker, fromMs, overMs: 2 * minuteMs })
  world.fleet(world.beginMs + 20 * minuteMs, { broker: 'b2' })
  const atMs = world.beginMs + 10 * minuteMs + world.between(0, minuteMs)
  endAll(world, held, atMs, overMs, { cause, sees: { cause: 'tcp_fin' } })
  for (const { member } of held) world.begin(member, atMs + overMs + world.between(4000, 60_000))
  world.begin(world.member('latecomer', { broker: 'b2' }), world.beginMs + 15 * minuteMs)
}

export const stories: readonly Story[] = [
  {
    title: 'a planned restart: the broker says goodbye',
    right: ['broker_restart'],
    tell: (world) => {
      restart(world, { cause: 'server_shutdown' })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'it was killed: all connections just close',
    right: ['broker_restart'],
    tell: (world) => {
      restart(world, { cause: 'network_eof' })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the same with minutes only, asked of the cluster',
    right: ['broker_restart'],
    minutesOnly: true,
    tell: (world) => {
      restart(world, { cause: 'network_eof' })
      return { of: 'cluster' }
    },
  },
  {
    title: 'one of its clients asks',
    right: ['broker_restart'],
    tell: (world) => {
      restart(world, { cause: 'network_eof' })
      return { of: 'client', clientId: 'b1-7' }
    },
  },
  {
    title: 'only a client tells: the broker said that it shuts down, twice in a week',
    right: ['broker_restart'],
    tell: (world) => {
      const member = world.member('sensor', { observes: true, protocol: 5 })
      for (const days of [0, 3]) {
        const atMs = world.beginMs + days * dayMs
        const evidence = { clientCause: 'server_disconnect' as const, phase: 'mqtt' as const, process: member.process }
        const own = { clientId: 'sensor', broker: 'b1', view: 'client' as const, sessionKey: `${days}` }
        world.tell({ ...own, type: 'connected', atMs, evidence: { process: member.process, attempt: 1 } })
        const endMs = atMs + 5 * minuteMs
        world.tell({ ...own, atMs: endMs, cause: 'server_shutdown', reasonCode: 0x8b, connectedAtMs: atMs, evidence })
      }
      return { of: 'client', clientId: 'sensor' }
    },
  },
  {
    title: 'it was killed and away for 50 s: it tells no ends but those that follow from its new start',
    right: ['broker_restart'],
    tell: (world) => {
      const fromMs = world.beginMs - 9 * minuteMs
      const held = gather(world, { count: crowdSize(world), broker: 'b1', fromMs, overMs: 2 * minuteMs })
      const atMs = world.beginMs + 10 * minuteMs + world.between(0, minuteMs)
      const backMs = atMs + 50_000
      for (const connection of held) {
        const { member, peer, key: sessionKey, beganMs: connectedAtMs } = connection
        world.end(connection, atMs, { cause: 'unknown', silent: true, sees: { cause: 'tcp_fin' } })
        const { clientId } = member
        const ended = { clientId, peer, sessionKey, connectedAtMs, cause: 'unknown' as const }
        world.tell({ ...ended, atMs: backMs, origin: 'inferred' })
        const tries = Math.floor(world.between(2, 12))
        for (let time = 1; time <= tries && member.observes; time += 1) {
          const triedMs = atMs + (time * 48_000) / tries
          world.refuse(member, triedMs, { sees: { cause: 'refused', evidence: { phase: 'tcp' } } })
        }
        world.begin(member, backMs + world.between(1000, 30_000))
      }
      world.begin(world.member('latecomer', { broker: 'b2' }), world.beginMs + 15 * minuteMs)
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a quarter of its clients, at one site, drop together',
    resembles: 'broker_restart',
    right: ['unknown'],
    tell: (world) => {
      const count = crowdSize(world)
      const fromMs = world.beginMs - 9 * minuteMs
      gather(world, { count: 3 * count, broker: 'b1', fromMs, overMs: 2 * minuteMs })
      const site = gather(world, {
        count,
        broker: 'b1',
        fromMs,
        overMs: 2 * minuteMs,
        name: 'site',
        traits: { address: '192.0.2.9' },
      })
      const atMs = world.beginMs + 10 * minuteMs
      endAll(world, site, atMs, 3000, { cause: 'network_reset' })
      for (const { member } of site) world.begin(member, atMs + world.between(20_000, 60_000))
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'all are thrown down again and again by their own return; minutes only',
    resembles: 'broker_restart',
    right: ['reconnect_storm'],
    minutesOnly: true,
    tell: (world) => {
      const count = 2 * crowdSize(world)
      const held = gather(world, { count, broker: 'b1', fromMs: world.beginMs - 9 * minuteMs, overMs: 2 * minuteMs })
      const atMs = world.beginMs + 10 * minuteMs
      endAll(world, held, atMs, 900, { cause: 'network_eof' })
      for (const { member } of held) {
        let backMs = atMs + 1040
        for (let round = 0; round < 4; round += 1) {
          const connection = world.begin(member, backMs)
          backMs += world.between(2000, 20_000)
          world.end(connection, backMs, { cause: 'network_eof' })
          backMs += 1040
        }
        world.begin(member, backMs)
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'its clock jumped: all run into their keepalive at once',
    resembles: 'broker_restart',
    right: ['broker_stall', 'unknown'],
    tell: (world) => {
      restart(world, { cause: 'keepalive_timeout' })
      return { of: 'broker', broker: 'b1' }
    },
  },
]
