/** aedes: what little it tells, and its recording against what was really done. */
import { describe, expect, it } from 'vitest'
import { aedes } from '../../../domain/dialects/aedes.ts'
import { context, eventsOf, jsonLines, message, onlyEvent, readAll } from './recorded.ts'

describe('aedes', () => {
  it('tells that a client is there, and no time, so the receipt stands in', () => {
    const read = aedes.read(message('$SYS/any-id/new/clients', 'pump-17', { ordinal: 3 }), context)
    expect(onlyEvent(read)).toEqual({
      atMs: 1_795_374_480_000,
      ordinal: 3,
      cluster: 'plant',
      broker: 'broker-1',
      clientId: 'pump-17',
      type: 'connected',
      view: 'broker',
      own: false,
      evidence: { clock: 'receipt' },
    })
  })

  it('does not say why a client left', () => {
    const event = onlyEvent(aedes.read(message('$SYS/a/disconnect/clients', 'pump-17'), context))
    expect(event).toMatchObject({ type: 'disconnected', cause: 'unknown', initiator: 'unknown', origin: 'broker' })
    expect(event).not.toHaveProperty('reason')
  })

  it.each([
    ['$SYS/a/heartbeat', 'not_watched'],
    ['$SYS/a/new/subscribes', 'not_watched'],
    ['$SYS/a/b/new/clients', 'not_watched'],
    ['a/new/clients', 'not_watched'],
  ])('reads nothing from %s', (topic, reason) => {
    expect(aedes.read(message(topic, 'pump-17'), context)).toMatchObject({ kind: 'rejection', reason })
  })

  it.each([
    ['clients/total', '12', 'connected', 12],
    ['memory/heap/current', '52311040', 'heap_bytes', 52_311_040],
    ['cpu/usage', '3.25', 'cpu_percent', 3.25],
  ])('figures of aedes-stats: %s', (levels, payload, name, value) => {
    const read = aedes.read(message(`$SYS/a/${levels}`, payload, { retain: true }), context)
    expect(read).toMatchObject({ kind: 'samples', samples: [{ name, value, broker: 'broker-1' }] })
  })

  it('records each client of the recording as often as it was accepted', () => {
    const truth = jsonLines<{ client: string; saw?: string }>('aedes.truth.jsonl')
    const begun = eventsOf(readAll(aedes)).filter(({ type }) => type === 'connected')
    for (const client of new Set(truth.map((line) => line.client))) {
      const accepted = truth.filter((line) => line.client === client && line.saw === 'connect').length
      expect({ client, begun: begun.filter(({ clientId }) => clientId === client).length }).toEqual({
        client,
        begun: accepted,
      })
    }
  })
})
