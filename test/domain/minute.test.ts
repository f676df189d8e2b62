import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeNames } from '../../domain/cause.ts'
import { hasPassed, minuteCoverage } from '../../domain/coverage.ts'
import type { Event } from '../../domain/event.ts'
import { abnormalOf, deriveMinute, MinuteSchema } from '../../domain/minute.ts'
import { addressOf } from '../../domain/peer.ts'
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
      { clientId: 'b', disconnects: 2, attempts: 0, takeovers: 0 },
      { clientId: 'a', disconnects: 1, attempts: 0, takeovers: 0 },
    ])
  })
  it('counts refused attempts by code, else by cause', () => {
    const refused = (changes: Parameters<typeof eventOf>[0]) => {
      const { cause: _, ...event } = eventOf({ type: 'refused', ...changes })
      return { ...event, ...(changes?.cause === undefined ? {} : { cause: changes.cause }) }
    }
    const events = [
      refused({ reasonCode: 135 }),
      refused({ reasonCode: 135, cause: 'not_authorized' }),
      refused({ cause: 'tls_error' }),
      refused({}),
    ]
    expect(deriveMinute({ ...source, events }).refusedByCode).toEqual({ 135: 2, tls_error: 1, unknown: 1 })
  })
  it('is the same whatever the order of its events', () => {
    const clientIds = Array.from({ length: 16 }, (_, n) => `client-${n}`)
    const second = fc.nat(20).map((seconds) => instant(start + seconds * 1000))
    const event = fc
      .record({
        clientId: fc.constantFrom(...clientIds),
        cause: fc.constantFrom(...causeNames),
        type: fc.constantFrom('connected', 'disconnected', 'refused'),
        peer: fc.constantFrom('10.0.0.1:1', '10.0.0.1:2', '10.0.0.2', '10.0.0.3:9', '10.0.0.4:9', '::1:50123'),
        at: second,
        ordinal: fc.nat(2),
        reasonCode: fc.nat(3),
      })
      .map((changes) => eventOf(changes))
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.array(fc.nat()), (events, keys) => {
        const order = new Map(events.map((each, n) => [each.id, keys[n] ?? 0]))
        const shuffled = events.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
        const watchedClients = new Map(clientIds.slice(0, 4).map((client) => [client, 5]))
        const minute = deriveMinute({ ...source, events, watchedClients })
        expect(JSON.stringify(deriveMinute({ ...source, events: shuffled, watchedClients }))).toBe(
          JSON.stringify(minute),
        )
        expect(MinuteSchema.parse(minute)).toEqual(minute)
      }),
    )
  })
  it('counts the same abnormal ends from its own causes and clients', () => {
    const some = fc.record({ clientId: fc.constantFrom('a', 'b', 'c'), cause: fc.constantFrom(...causeNames) })
    fc.assert(
      fc.property(fc.array(some), (changes) => {
        const minute = deriveMinute({ ...source, events: changes.map((each) => eventOf(each)) })
        expect(abnormalOf(minute.disconnects, minute.topClients)).toBe(minute.abnormal)
      }),
    )
  })
  it('without a word on single clients all take-overs are abnormal', () => {
    const counts = { session_taken_over: 3, client_requested: 5, network_eof: 2 }
    expect(abnormalOf(counts)).toBe(5)
    expect(abnormalOf(counts, [{}])).toBe(5)
    expect(abnormalOf(counts, [{ takeovers: 2 }, { takeovers: 1 }])).toBe(4)
  })
})

describe('clients that stood out', () => {
  const clientsOf = (events: readonly Event[]) => deriveMinute({ ...source, events }).topClients
  const each = (count: number, make: (n: number) => Event[]) => Array.from({ length: count }, (_, n) => make(n)).flat()
  const dropped = (clientId: string) => [eventOf({ clientId }), eventOf({ clientId, type: 'connected' })]

  it('whoever is taken over again and again is named even where many others drop', () => {
    const named = clientsOf([
      ...each(20, (n) => each(3, () => dropped(`often-${n}`))),
      ...takeovers('loop', 2),
      ...takeovers('once', 1),
    ])
    expect(named).toHaveLength(10)
    expect(named.at(-1)).toMatchObject({ clientId: 'loop', takeovers: 2 })
  })
  it('who drops or is refused repeatedly comes before those that drop once, and these before who says goodbye', () => {
    const goodbye = (n: number) => each(5, () => [eventOf({ clientId: `cron-${n}`, cause: 'client_requested' })])
    const named = clientsOf([
      ...each(20, (n) => goodbye(n)),
      ...each(5, (n) => dropped(`single-${n}`)),
      ...each(7, () => [eventOf({ clientId: 'refused', type: 'refused' })]),
      ...each(2, () => dropped('flapping')),
    ]).map(({ clientId }) => clientId)
    expect(named.toSorted().slice(3)).toEqual([
      'flapping',
      'refused',
      'single-0',
      'single-1',
      'single-2',
      'single-3',
      'single-4',
    ])
  })
  it('a client that only comes, or only goes as it wants to, is not', () => {
    const events = [eventOf({ type: 'connected' }), eventOf({ clientId: 'b', cause: 'client_requested' })]
    expect(clientsOf(events)).toEqual([])
    expect(clientsOf(each(2, () => [eventOf({ cause: 'client_requested' })]))).toMatchObject([
      { disconnects: 2, graceful: 2 },
    ])
  })
  it('what names no client belongs to none', () => {
    const { clientId: _, ...nameless } = eventOf()
    expect(clientsOf([nameless, eventOf({ clientId: '' })])).toEqual([])
  })
  it('addresses are told with ports where only these differ; never more than four, and harmless', () => {
    const peers = (...told: string[]) => clientsOf(told.map((peer) => eventOf({ peer })))[0]?.peers
    expect(peers('10.0.0.7:5001', '10.0.0.7:5002')).toEqual(['10.0.0.7:5001', '10.0.0.7:5002'])
    expect(peers('10.0.0.7:5001', '10.0.0.9:5002', '10.0.0.9:5003')).toEqual(['10.0.0.7', '10.0.0.9'])
    expect(peers('a', 'b', 'c', 'd', 'e')).toHaveLength(4)
    expect(peers('10.0.0.7\u0007')).toEqual(['10.0.0.7\\u{7}'])
  })
  it('addresses from which several clients dropped are named without ports', () => {
    const events = [
      ...each(3, (n) => [eventOf({ peer: `[fe80::1]:${n}` })]),
      ...each(2, (n) => [eventOf({ peer: `10.0.0.7:${n}` })]),
      eventOf({ peer: '10.0.0.9:1' }),
      ...each(9, (n) => [eventOf({ peer: `10.0.0.8:${n}`, cause: 'client_requested' })]),
    ]
    expect(deriveMinute({ ...source, events }).topPeers).toEqual([
      { peer: 'fe80::1', disconnects: 3 },
      { peer: '10.0.0.7', disconnects: 2 },
    ])
  })
  it.each([
    ['10.0.0.7:5333', '10.0.0.7'],
    ['10.0.0.7', '10.0.0.7'],
    ['[2001:db8::1]:1883', '2001:db8::1'],
    ['2001:db8::1:51234', '2001:db8::1'],
    ['2001:db8::1:1883', '2001:db8::1:1883'],
    ['1:2:3:4:5:6:7:8:1883', '1:2:3:4:5:6:7:8'],
    ['::ffff:10.0.0.7:5333', '::ffff:10.0.0.7'],
    ['fe80::1', 'fe80::1'],
    ['host.example:1883', 'host.example'],
    ['', ''],
  ])('the address of %s is %s', (peer, address) => {
    expect(addressOf(peer)).toBe(address)
  })
})

describe('watched clients', () => {
  const at = (second: number) => instant(start + second * 1000)
  const stateOf = (...events: Event[]) =>
    deriveMinute({ ...source, events, watchedClients: new Map([['pump-1', 5]]) }).watched?.[0]

  it('are as their last event on the broker left them; a refused attempt changes nothing', () => {
    const online = eventOf({ type: 'connected', at: at(1), sessionKey: 'one' })
    expect(stateOf(online)).toEqual({ clientId: 'pump-1', online: true, at: at(1) })
    expect(
      stateOf(online, eventOf({ at: at(9), sessionKey: 'one' }), eventOf({ type: 'refused', at: at(20) })),
    ).toMatchObject({
      online: false,
      at: at(9),
    })
    expect(stateOf(eventOf({ clientId: 'other' }))).toBeUndefined()
  })
  it('the end of an earlier session, told after the begin of the next, does not take them offline', () => {
    const { sessionKey: _, ...dated } = eventOf({ type: 'connected', at: at(9), connectedAt: at(9) })
    expect(stateOf(dated, eventOf({ at: at(10), connectedAt: at(1), cause: 'session_taken_over' }))).toMatchObject({
      online: true,
    })
    expect(stateOf(dated, eventOf({ at: at(10), connectedAt: at(9) }))).toMatchObject({ online: false })
    const keyed = eventOf({ type: 'connected', at: at(9), sessionKey: 'two' })
    expect(stateOf(keyed, eventOf({ at: at(10), sessionKey: 'one' }))).toMatchObject({ online: true })
    expect(stateOf(keyed, eventOf({ at: at(9), sessionKey: 'two' }))).toMatchObject({ online: false })
  })
})

describe('coverage', () => {
  const seenUntil = start + minuteMs
  const feed = { feed: 'b1', watcher: 'a', brokers: ['b1'], ownConnections: 1, first: start, seenUntil, gaps: [] }
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
