/** Stories of clients that never get through, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import { crowdSize, gather } from '../crowd.ts'
import type { Story } from '../story.ts'
import type { Evidence, World } from '../world.ts'
import type { ClientCause } from '../../../domain/client-cause.ts'

const hourMs = 60 * minuteMs

function tryInVain(
  world: World,
  sees: { cause: ClientCause; code?: number; evidence?: Evidence },
  { everyMs = 31_000, times = 15 } = {},
) {
  world.fleet(world.beginMs + hourMs)
  gather(world, { count: 20, broker: 'b1', fromMs: world.beginMs, overMs: minuteMs })
  const member = world.member('lost', { broker: 'b1', observes: true })
  for (let time = 0; time < times; time += 1) {
    const evidence = { ...sees.evidence, attempt: time + 1, connectTimeoutMs: 30_000 }
    world.refuse(member, world.beginMs + time * world.near(everyMs, 20), { sees: { ...sees, evidence } })
  }
  return { of: 'client' as const, clientId: 'lost' }
}

export const stories: readonly Story[] = [
  {
    title: 'a firewall drops what goes to the port',
    right: ['wrong_endpoint'],
    tell: (world) =>
      tryInVain(world, { cause: 'connack_timeout', evidence: { phase: 'tcp', endpoint: 'mqtt.example:8884' } }),
  },
  {
    title: 'TLS to a plain port',
    right: ['wrong_endpoint'],
    tell: (world) =>
      tryInVain(
        world,
        { cause: 'tls', evidence: { phase: 'tls', errorCode: 'EPROTO', endpoint: 'mqtt.example:1883' } },
        { everyMs: 1050 },
      ),
  },
  {
    title: 'the wrong path of a WebSocket: 404',
    right: ['wrong_endpoint'],
    tell: (world) =>
      tryInVain(
        world,
        { cause: 'ws_handshake', code: 404, evidence: { phase: 'ws', statusCode: 404 } },
        { everyMs: 1040 },
      ),
  },
  {
    title: 'the name does not exist: nobody could connect there',
    resembles: 'wrong_endpoint',
    right: ['endpoint_down'],
    tell: (world) =>
      tryInVain(
        world,
        { cause: 'dns', evidence: { phase: 'tcp', errorCode: 'ENOTFOUND' } },
        { everyMs: 1030, times: 200 },
      ),
  },
  {
    title: 'a dozen clients at once, and those that get through are slow',
    resembles: 'wrong_endpoint',
    right: ['slow_authentication'],
    tell: (world) => {
      gather(world, { count: crowdSize(world), broker: 'b1', fromMs: world.beginMs - 9 * minuteMs, overMs: minuteMs })
      for (let index = 0; index < 12; index += 1) {
        const member = world.member(`waiting-${index}`, { broker: 'b1', observes: true })
        for (let time = 0; time < 4; time += 1) {
          world.refuse(member, world.beginMs + index * 900 + time * 31_000, {
            sees: { cause: 'connack_timeout', evidence: { phase: 'mqtt' } },
          })
        }
        if (index % 2 === 0) world.begin(member, world.beginMs + 150_000 + index * 900, { connectMs: 20_000 })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
]
