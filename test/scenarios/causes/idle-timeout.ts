/** Stories of idle limits on the path, and of what looks like one. */
import { secondMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 3600 * secondMs

/** A client that sends nothing of its own is cut again and again at an age. */
function cutAt(
  world: World,
  {
    limitMs,
    keepaliveSeconds,
    observes,
    times = 12,
    clientId = 'meter-7',
  }: { limitMs: () => number; keepaliveSeconds: number; observes: boolean; times?: number; clientId?: string },
) {
  world.fleet(world.beginMs + 4 * hourMs)
  const member = world.member(clientId, { keepaliveSeconds, observes })
  let atMs = world.beginMs
  for (let time = 0; time < times; time += 1) {
    const connection = world.begin(member, atMs)
    const age = limitMs()
    atMs += age
    world.end(connection, atMs, {
      cause: 'network_eof',
      sees: {
        cause: 'tcp_fin',
        evidence: { sinceReceivedMs: Math.round(age - 20), sinceSentMs: Math.round(age - 40) },
      },
    })
    atMs += world.between(1000, 1100)
  }
  return { of: 'client' as const, clientId }
}

export const stories: readonly Story[] = [
  {
    title: 'a network load balancer cuts at 350 s; keepalive 400 s',
    right: ['idle_timeout'],
    tell: (world) =>
      cutAt(world, { limitMs: () => world.between(349_000, 352_000), keepaliveSeconds: 400, observes: false }),
  },
  {
    title: 'nginx cuts at 60 s; keepalive 60 s, the client observes itself',
    right: ['idle_timeout'],
    tell: (world) =>
      cutAt(world, { limitMs: () => world.between(60_000, 61_000), keepaliveSeconds: 60, observes: true }),
  },
  {
    title: 'a limit nobody knows, 3 min; keepalive 5 min; four ends only',
    right: ['idle_timeout'],
    tell: (world) =>
      cutAt(world, { limitMs: () => world.near(180_000, 400), keepaliveSeconds: 300, observes: false, times: 4 }),
  },
  {
    title: 'ends at all ages by a bad network: no limit',
    resembles: 'idle_timeout',
    right: ['unknown', 'client_stall', 'changing_network'],
    tell: (world) =>
      cutAt(world, { limitMs: () => -Math.log(1 - world.random()) * 300_000, keepaliveSeconds: 400, observes: false }),
  },
  {
    title: 'ends at one age, but the keepalive is far shorter: it was never idle',
    resembles: 'idle_timeout',
    right: ['unknown'],
    tell: (world) =>
      cutAt(world, { limitMs: () => world.between(349_000, 352_000), keepaliveSeconds: 30, observes: false }),
  },
]
