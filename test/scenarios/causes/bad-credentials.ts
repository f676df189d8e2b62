/** Stories of clients that are refused from the start, and of what looks like it. */
import { minuteMs } from '../../../domain/time.ts'
import type { Story } from '../story.ts'
import type { World } from '../world.ts'

const hourMs = 60 * minuteMs

function refuseAgain(
  world: World,
  clientId: string,
  {
    code,
    times,
    fromMs = world.beginMs,
    everyMs = 1050,
    observes = false,
    broker = 'b1',
  }: { code: number; times: number; fromMs?: number; everyMs?: number; observes?: boolean; broker?: string },
) {
  const member = world.member(clientId, { broker, observes, protocol: code > 5 ? 5 : 4 })
  for (let time = 0; time < times; time += 1) {
    world.refuse(member, fromMs + time * everyMs + world.between(0, 40), {
      cause: 'not_authorized',
      code,
      ...(observes ? { sees: { cause: 'connack_refused' as const, code } } : {}),
    })
  }
  return member
}

export const stories: readonly Story[] = [
  {
    title: 'a new device with a misspelt password',
    right: ['bad_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      refuseAgain(world, 'newcomer', { code: 4, times: 200 })
      return { of: 'client', clientId: 'newcomer' }
    },
  },
  {
    title: 'five devices with MQTT 5 that may not connect; asked of the broker',
    right: ['bad_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      for (let index = 0; index < 5; index += 1)
        refuseAgain(world, `new-${index}`, { code: 0x87, times: 40, everyMs: 5050, observes: true })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'a second process with the id of one that is connected, and a bad password',
    right: ['bad_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      world.begin(world.member('gate', { broker: 'b1' }), world.beginMs - minuteMs)
      refuseAgain(world, 'gate', { code: 5, times: 60, everyMs: 5050 })
      return { of: 'client', clientId: 'gate' }
    },
  },
  {
    title: 'many refusals, minutes only',
    right: ['bad_credentials'],
    minutesOnly: true,
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      refuseAgain(world, 'newcomer', { code: 0x86, times: 300 })
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'the broker refuses them before it knows who they are',
    right: ['bad_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      for (let time = 0; time < 90; time += 1) {
        const peer = `192.0.2.7:${Math.floor(world.between(20_000, 60_000))}`
        const atMs = world.beginMs + time * 5050
        world.tell({ type: 'refused', broker: 'b1', atMs, peer, cause: 'not_authorized', reasonCode: 5 })
      }
      return { of: 'broker', broker: 'b1' }
    },
  },
  {
    title: 'it worked for an hour, as after each start',
    resembles: 'bad_credentials',
    right: ['expired_credentials'],
    tell: (world) => {
      world.fleet(world.beginMs + 5 * hourMs)
      let atMs = world.beginMs
      for (let day = 0; day < 4; day += 1) {
        const member = world.member('cloudy', { broker: 'b1', address: '10.1.1.7' })
        const connection = world.begin(member, atMs)
        world.end(connection, atMs + hourMs, { cause: 'not_authorized' })
        for (let time = 0; time < 30; time += 1)
          world.refuse(member, atMs + hourMs + 1000 + time * 1040, { cause: 'not_authorized', code: 5 })
        atMs += hourMs + world.between(5, 40) * minuteMs
      }
      return { of: 'client', clientId: 'cloudy' }
    },
  },
  {
    title: 'refused because the broker is busy',
    resembles: 'bad_credentials',
    right: ['unknown'],
    tell: (world) => {
      world.fleet(world.beginMs + hourMs)
      const member = world.member('unlucky', { broker: 'b1' })
      for (let time = 0; time < 40; time += 1)
        world.refuse(member, world.beginMs + time * 1050, { cause: 'server_error', code: 3 })
      return { of: 'client', clientId: 'unlucky' }
    },
  },
]
