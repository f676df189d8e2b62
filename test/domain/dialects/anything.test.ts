/** Whatever arrives under whatever topic: no dialect throws, and every reading is one of those there are. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadingContext, Wording } from '../../../domain/dialect.ts'
import { dialects } from '../../../domain/dialects/index.ts'
import { maxClientIdBytes } from '../../../domain/event.ts'
import type { Message } from '../../../domain/message.ts'
import { clientIds, payloads, topics } from './arbitrary.ts'
import { faultsOf } from './contract.ts'
import { wordings } from './mosquitto-printf.ts'
import { context, message } from './recorded.ts'

const messages: fc.Arbitrary<Message> = fc.record({
  topic: topics,
  payload: payloads,
  retain: fc.boolean(),
  receivedAt: fc.oneof(fc.constant(1_795_374_480_000), fc.integer({ min: 0, max: 4_102_444_800_000 })),
  ordinal: fc.nat(1000),
  repeat: fc.nat(3),
})

const contexts: fc.Arbitrary<ReadingContext> = fc
  .record({ wording: fc.constantFrom<Wording | undefined>(undefined, ...wordings), own: fc.boolean() })
  .map(({ wording, own }) => ({ ...context, wording, isOwn: () => own }))

describe.each(Object.values(dialects))('$name', (dialect) => {
  it('reads anything without throwing, as one of the readings there are', () => {
    fc.assert(
      fc.property(messages, contexts, (any, reader) => {
        expect(faultsOf(dialect, any, reader)).toEqual([])
        expect([undefined, ...wordings]).toContain(dialect.wordingOf?.(any))
        expect(['string', 'undefined']).toContain(typeof dialect.instantOf(any))
      }),
      { numRuns: 1500 },
    )
  })

  it('never makes an event of an id longer than MQTT allows', () => {
    const tooLong = ['x'.repeat(65_536), 'ä'.repeat(32_768), '\ufffd'.repeat(21_846), '\ud800'.repeat(21_846)]
    for (const clientId of tooLong) {
      expect(Buffer.byteLength(clientId)).toBeGreaterThan(maxClientIdBytes)
      for (const topic of ['$SYS/a/new/clients', '$SYS/broker/log/N', '$SYS/brokers/n/clients/x/connected']) {
        const json = JSON.stringify({ clientid: clientId, connected_at: 1_795_374_480_000 })
        for (const payload of [clientId, json, `1795374480: Client ${clientId} disconnected.`]) {
          expect(dialect.read(message(topic, payload), context)).toMatchObject({ kind: 'rejection' })
        }
      }
    }
  })
})

it('an aedes client is recorded under exactly the id it gave', () => {
  fc.assert(
    fc.property(clientIds, (clientId) => {
      const reading = dialects.aedes.read(message('$SYS/aedes-1/new/clients', clientId), context)
      const short = clientId !== '' && Buffer.byteLength(clientId) <= maxClientIdBytes
      expect(reading).toMatchObject(short ? { events: [{ clientId }] } : { reason: 'malformed' })
    }),
  )
})

it('an EMQX client is recorded under exactly the id it gave, whatever the topic makes of it', () => {
  const at = 1_795_374_480_000
  fc.assert(
    fc.property(clientIds, fc.constantFrom('connected', 'disconnected'), (clientid, event) => {
      const topic = `$SYS/brokers/emqx@10.0.0.1/clients/${clientid}/${event}`
      const payload = JSON.stringify({ clientid, reason: 'normal', connected_at: at, disconnected_at: at, ts: at })
      const reading = dialects.emqx.read(message(topic, payload), context)
      const short = clientid !== '' && Buffer.byteLength(clientid) <= maxClientIdBytes
      expect(reading).toMatchObject(
        short ? { events: [{ clientId: clientid, type: event, broker: 'emqx@10.0.0.1' }] } : { reason: 'malformed' },
      )
    }),
  )
})
