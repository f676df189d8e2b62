/** mosquitto writes one sentence for a failed login and for rights withdrawn from a connected client: whose is it? */
import { expect, it } from 'vitest'
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import { createReader } from '../../watcher/reader.ts'

const nowSeconds = 1_795_374_480

/** Reads lines of one mosquitto, a second apart. */
function reading(version: string) {
  const reader = createReader(mosquitto, { cluster: 'plant', broker: 'broker-1', isOwn: () => false })
  let second = nowSeconds
  const read = (topic: string, payload: string) => {
    const arrival = { topic: `$SYS/broker/${topic}`, payload: Buffer.from(payload), retain: false }
    return reader.read(arrival, { receivedAt: second * 1000, measured: true }).events
  }
  read('version', `mosquitto version ${version}`)
  return {
    open: reader.sessions.size,
    line: (text: string) => {
      second += 1
      return read('log/N', `${second}: ${text}`)
    },
  }
}

const begun = 'New client connected from 10.1.2.3:50123 as pump (p5, c1, k60).'

it('since 2.1.1 the address tells: that of the open session means its end, any other a refusal', () => {
  const { line, open } = reading('2.1.2')
  line(begun)
  const elsewhere = line('Client pump [10.9.9.9:40000] disconnected: not authorised.')
  expect(elsewhere).toMatchObject([{ type: 'refused', clientId: 'pump', peer: '10.9.9.9:40000' }])
  expect(open()).toBe(1)
  const itself = line('Client pump [10.1.2.3:50123] disconnected: not authorised.')
  expect(itself).toMatchObject([
    { type: 'disconnected', cause: 'not_authorized', initiator: 'server', origin: 'broker' },
  ])
  expect(open()).toBe(0)
  expect(line('Client pump [10.1.2.3:50123] disconnected: not authorised.')).toMatchObject([{ type: 'refused' }])
})

it('before it nothing tells: nobody ends another’s session by failing to log in under its name', () => {
  const { line, open } = reading('2.0.18')
  line(begun)
  expect(line('Client pump disconnected, not authorised.')).toMatchObject([{ type: 'refused', clientId: 'pump' }])
  expect(open()).toBe(1)
})
