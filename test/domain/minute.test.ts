import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeNames } from '../../domain/cause.ts'
import { hasPassed, minuteCoverage } from '../../domain/coverage.ts'
import { deriveMinute } from '../../domain/minute.ts'
import { joinSessions } from '../../domain/session.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { eventOf } from '../events.ts'

const start = Date.parse('2026-11-22T10:00:00Z')
const source = { cluster: 'plant', broker: 'b1', start, coverage: 1, ownConnections: 0, samples: [] }
const takeovers = (clientId: string, count: number) =>
  Array.from({ length: count }, () => eventOf({ clientId, cause: 'session_taken_over' }))

describe('a minute', () => {
  it('counts disconnects by cause; a goodbye is not abnormal, a refused attempt is no disconnect', () => {
    const events = [
      eventOf({ cause: 'client_requested' }),
      eventOf({ cause: 'keepalive_timeout' }),
      eventOf({ cause: 'network_eof' }),
      eventOf({ type: 'connected' }),
      eventOf({ type: 'refused', cause: 'not_authorized' }),
    ]
    expect(deriveMinute({ ...source, events })).toMatchObject({
      connects: 1,
      refused: 1,
      abnormal: 2,
      disconnects: { client_requested: 1, keepalive_timeout: 1, network_eof: 1 },
    })
  })
  it('one take-over is benign, several of one client are not', () => {
    expect(deriveMinute({ ...source, events: takeovers('a', 1) }).abnormal).toBe(0)
    expect(deriveMinute({ ...source, events: [...takeovers('a', 3), ...takeovers('b', 1)] }).abnormal).toBe(3)
  })
  it('leaves out Keepwatch’s own connections and what clients claim', () => {
    const events = [eventOf({ own: true }), eventOf({ view: 'client' })]
    const samples = [{ cluster: 'plant', broker: 'b1', name: 'connected' as const, at: instant(start), value: 10 }]
    const minute = deriveMinute({ ...source, events, samples, ownConnections: 2 })
    expect([minute.abnormal, minute.connected]).toEqual([0, 8])
  })
  it('takes the latest figure, and names the clients with the most disconnects', () => {
    const at = (second: number, value: number) =>
      ({ cluster: 'plant', broker: 'b1', name: 'connected', at: instant(start + second * 1000), value }) as const
    const events = [eventOf({ clientId: 'b' }), eventOf({ clientId: 'a' }), eventOf({ clientId: 'b' })]
    const minute = deriveMinute({ ...source, events, samples: [at(50, 7), at(10, 3)] })
    expect(minute.connected).toBe(7)
    expect(minute.topClients).toEqual([
      { clientId: 'b', disconnects: 2 },
      { clientId: 'a', disconnects: 1 },
    ])
  })
  it('is the same whatever the order of its events', () => {
    const event = fc
      .record({ clientId: fc.constantFrom('a', 'b', 'c'), cause: fc.constantFrom(...causeNames) })
      .map((changes) => eventOf(changes))
    fc.assert(
      fc.property(fc.array(event), fc.array(fc.nat()), (events, keys) => {
        const order = new Map(events.map((each, n) => [each.id, keys[n] ?? 0]))
        const shuffled = events.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
        expect(deriveMinute({ ...source, events: shuffled })).toEqual(deriveMinute({ ...source, events }))
      }),
    )
  })
})

describe('coverage', () => {
  const feed = { feed: 'b1', watcher: 'a', brokers: ['b1'], first: start, seenUntil: start + minuteMs, gaps: [] }
  const half = { from: start, until: start + minuteMs / 2 }
  it.each([
    ['all of it', [feed], 1],
    ['nobody', [], 0],
    ['another broker’s feed', [{ ...feed, brokers: ['b2'] }], 0],
    ['a feed of the whole cluster', [{ ...feed, brokers: [] }], 1],
    ['a gap in half of it', [{ ...feed, gaps: [half] }], 0.5],
    [
      'a gap that the other watcher saw through',
      [
        { ...feed, gaps: [half] },
        { ...feed, watcher: 'b' },
      ],
      1,
    ],
    ['overlapping gaps count once', [{ ...feed, gaps: [half, half, { ...half, from: start + 1000 }] }], 0.5],
    ['the watcher began in its middle', [{ ...feed, first: start + minuteMs / 2 }], 0.5],
    ['the watcher fell silent in its middle', [{ ...feed, seenUntil: start + minuteMs / 4 }], 0.25],
  ])('%s', (_, feeds, expected) => {
    expect(minuteCoverage(feeds, 'b1', start)).toBe(expected)
  })
  it('a broker whose watcher says it is blind is not waited for', () => {
    const silent = { ...feed, seenUntil: start }
    expect(hasPassed([silent], 'b1', start + minuteMs)).toBe(false)
    expect(hasPassed([{ ...silent, downUntil: start + minuteMs }], 'b1', start + minuteMs)).toBe(true)
    expect(hasPassed([], 'b1', start)).toBe(false)
  })
})

describe('sessions', () => {
  const at = (second: number) => instant(start + second * 1000)
  it('begin where the broker says, else at the nearest connect on that broker with no end in between', () => {
    const events = [
      eventOf({ at: at(50), connectedAt: at(20) }),
      eventOf({ at: at(40) }),
      eventOf({ at: at(30), broker: 'b2', type: 'connected' }),
      eventOf({ at: at(10) }),
      eventOf({ at: at(5), type: 'connected' }),
    ]
    const seconds = joinSessions(events).map((event) => event.session?.seconds)
    expect(seconds).toEqual([30, undefined, undefined, 5, undefined])
  })
  it('may have begun before the page', () => {
    const older = [eventOf({ at: at(1), type: 'connected' })]
    expect(joinSessions([eventOf({ at: at(9) })], older)[0]?.session?.seconds).toBe(8)
  })
})
