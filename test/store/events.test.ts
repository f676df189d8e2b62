import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientDigest } from '../../codec/identity.ts'
import { brokerEvents, clientEvents, eventsOfBroker, writeEvents } from '../../store/events.ts'
import { clientKey, keyText } from '../../store/key-text.ts'
import { eventOf } from '../events.ts'
import { startTables } from '../tables.ts'

const retention = { nowMs: Date.parse('2026-11-22T10:00:00Z'), days: 1 }
const span = { from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' }
let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

describe('events are stored by identity', () => {
  it('an event written three times, in two orders, is one event', async () => {
    const events = Array.from({ length: 60 }, (_, n) => eventOf({ clientId: `same-${n % 7}`, ordinal: n }))
    await writeEvents(engine.tables.events, events, retention)
    await writeEvents(engine.tables.events, events.toReversed(), retention)
    await writeEvents(engine.tables.events, [...events, ...events], retention)
    const stored = await eventsOfBroker(engine.tables.events, { cluster: 'plant', broker: 'b1', ...span })
    expect(stored.map((event) => event.id).toSorted()).toEqual(events.map((event) => event.id).toSorted())
  })

  it('hostile client ids come back as they were, each under its own key', async () => {
    const ids = ['a#b', 'a', 'a%0023b', '#', '', 'x\u0000y', 'line\nbreak', '\ud800', '😀', 'sha256:abc', 'plant#x']
    const events = ids.map((clientId, n) => eventOf({ cluster: 'odd', clientId, sessionKey: `odd ${n}` }))
    await writeEvents(engine.tables.events, events, retention)
    for (const [n, client] of ids.entries()) {
      const page = await clientEvents(engine.tables.events, { cluster: 'odd', client, ...span, limit: 10 })
      expect(page.entries.map((entry) => entry.value.clientId)).toEqual([client])
      expect(page.entries[0]?.value.id).toBe(events[n]?.id)
    }
  })

  it('an id over the key limit is stored under its digest and found by it and by itself', async () => {
    const long = 'ä'.repeat(30_000)
    await writeEvents(engine.tables.events, [eventOf({ cluster: 'long', clientId: long })], retention)
    for (const client of [long, clientDigest(long)]) {
      const page = await clientEvents(engine.tables.events, { cluster: 'long', client, ...span, limit: 10 })
      expect(page.entries).toHaveLength(1)
      expect(page.entries[0]?.value.clientDigest).toBe(clientDigest(long))
      expect(page.entries[0]?.value.clientId?.length).toBeLessThan(300)
    }
  })

  it('no two client ids share a key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(clientKey(a) === clientKey(b)).toBe(a === b)
        expect(keyText(a)).not.toContain('#')
      }),
    )
    expect(clientKey(clientDigest('x'))).not.toBe(clientDigest('x'))
  })
})

describe('pages', () => {
  it('a broker’s pages, merged over shards, neither skip nor repeat while new events arrive', async () => {
    const events = Array.from({ length: 100 }, (_, n) =>
      eventOf({ cluster: 'paged', at: new Date(Date.parse('2026-11-22T10:00:00Z') + Math.floor(n / 3)).toISOString() }),
    )
    await writeEvents(engine.tables.events, events, retention)
    const seen: string[] = []
    let before: string | undefined
    for (let more = true; more; ) {
      const page = await brokerEvents(engine.tables.events, {
        cluster: 'paged',
        broker: 'b1',
        ...span,
        before,
        limit: 7,
      })
      seen.push(...page.entries.map((entry) => entry.value.id))
      before = page.entries.at(-1)?.key
      more = page.more
      await writeEvents(
        engine.tables.events,
        [eventOf({ cluster: 'paged', at: '2026-11-22T11:00:00.000Z' })],
        retention,
      )
    }
    expect(seen).toHaveLength(100)
    expect(new Set(seen)).toEqual(new Set(events.map((event) => event.id)))
  })

  it('a page of one client is newest first and says whether there is more', async () => {
    const at = (n: number) => `2026-11-22T10:00:0${n}.000Z`
    await writeEvents(
      engine.tables.events,
      [1, 2, 3].map((n) => eventOf({ cluster: 'order', at: at(n) })),
      retention,
    )
    const first = await clientEvents(engine.tables.events, { cluster: 'order', client: 'pump-1', ...span, limit: 2 })
    expect(first.entries.map((entry) => entry.value.at)).toEqual([at(3), at(2)])
    expect(first.more).toBe(true)
    const before = first.entries.at(-1)?.key
    const rest = await clientEvents(engine.tables.events, {
      cluster: 'order',
      client: 'pump-1',
      ...span,
      before,
      limit: 2,
    })
    expect(rest.entries.map((entry) => entry.value.at)).toEqual([at(1)])
    expect(rest.more).toBe(false)
  })
})
