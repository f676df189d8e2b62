/** What a client says of itself is stored as its view: the right event, bounded, under the id of the topic alone. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventOf } from '../../codec/identity.ts'
import { type ClientCause, clientCauseNames } from '../../domain/client-cause.ts'
import { causeOfClosed } from '../../domain/closed-cause.ts'
import { claimantOf, claimTopicOf, maxClaimEvents } from '../../domain/claim-document.ts'
import { readClaimDocument, readClaims } from '../../domain/claims.ts'
import { EventDraftSchema } from '../../domain/event.ts'
import { dayMs, instant } from '../../domain/time.ts'
import type { ClaimDocument, Closed } from '../../observe/types.ts'

const nowMs = Date.parse('2026-11-22T10:00:00.000Z')
const context = {
  cluster: 'plant',
  broker: 'm-1',
  clientId: 'pump-1',
  receivedAtMs: nowMs,
  isOwn: (clientId: string) => clientId === 'keepwatch-plant-a',
}
const closed: Closed = {
  type: 'closed',
  atMs: nowMs - 60_000,
  sequence: 7,
  cause: 'keepalive_timeout',
  connected: true,
  phase: 'mqtt',
  text: 'No answer to a ping for 90 s.',
  attempt: 1,
  keepaliveSeconds: 60,
  sessionMs: 3_600_000,
  sinceReceivedMs: 90_000,
}
const document: ClaimDocument = {
  keepwatch: 1,
  clientId: 'somebody else',
  protocol: 5,
  transport: 'wss',
  runtime: 'browser',
  endpoint: 'mqtt.example:8084',
  cleanStart: false,
  reconnectPeriodMs: 1000,
  connectTimeoutMs: 30_000,
  libraryVersion: '5.16.0',
  process: '17-4711',
  events: [closed],
}
const read = (changes: object = {}, of: object = context) =>
  readClaimDocument({ ...document, ...changes }, { ...context, ...of })
const ended = (changes: object) => read({ events: [{ ...closed, ...changes }] }).events[0]

describe('what is stored of a claim', () => {
  it('holds all that was told, under the id of the topic and by the client’s own stamp', () => {
    expect(read()).toEqual({
      rejected: [],
      events: [
        {
          atMs: closed.atMs,
          ordinal: 7,
          cluster: 'plant',
          broker: 'm-1',
          clientId: 'pump-1',
          type: 'disconnected',
          view: 'client',
          own: false,
          cause: 'keepalive_timeout',
          initiator: 'client',
          graceful: false,
          reason: 'No answer to a ping for 90 s.',
          connectedAtMs: closed.atMs - 3_600_000,
          protocol: 5,
          keepaliveSeconds: 60,
          cleanStart: false,
          sessionKey: '17-4711-7',
          evidence: {
            clientCause: 'keepalive_timeout',
            phase: 'mqtt',
            transport: 'wss',
            runtime: 'browser',
            endpoint: 'mqtt.example:8084',
            libraryVersion: '5.16.0',
            process: '17-4711',
            attempt: 1,
            sessionMs: 3_600_000,
            sinceReceivedMs: 90_000,
            reconnectPeriodMs: 1000,
            connectTimeoutMs: 30_000,
          },
        },
      ],
    })
  })

  it.each([
    ['a session that the application ended', { cause: 'local_end' }, 'disconnected', 'client_requested', 'client'],
    ['a destroyed socket', { cause: 'local_destroy' }, 'disconnected', 'unknown', 'client'],
    ['a DISCONNECT', { cause: 'server_disconnect', code: 0x8e }, 'disconnected', 'session_taken_over', 'server'],
    ['a FIN', { cause: 'tcp_fin' }, 'disconnected', 'network_eof', 'network'],
    ['a WebSocket that went away', { cause: 'ws_close', code: 1006 }, 'disconnected', 'network_eof', 'network'],
    ['a WebSocket that was closed', { cause: 'ws_close', code: 1001 }, 'disconnected', 'server_shutdown', 'server'],
    ['a name that is not known', { cause: 'dns', connected: false }, 'refused', 'unknown', 'network'],
    ['no CONNACK', { cause: 'connack_timeout', connected: false }, 'refused', 'unknown', 'client'],
    [
      'a wrong password',
      { cause: 'connack_refused', code: 5, connected: false },
      'refused',
      'not_authorized',
      'server',
    ],
    [
      'an upgrade that was denied',
      { cause: 'ws_handshake', code: 401, connected: false },
      'refused',
      'not_authorized',
      'server',
    ],
    ['a cause of times to come', { cause: 'quantum_flip' }, 'disconnected', 'unknown', 'unknown'],
  ])('%s', (_, changes, type, cause, initiator) => {
    expect(ended(changes)).toMatchObject({ type, cause, initiator, view: 'client' })
  })

  it('codes of MQTT and of HTTP do not stand in one field', () => {
    expect(ended({ cause: 'server_disconnect', code: 0x8b })).toMatchObject({ reasonCode: 0x8b })
    expect(ended({ cause: 'ws_handshake', code: 503, connected: false })).toMatchObject({
      evidence: { statusCode: 503 },
    })
    expect(ended({ cause: 'ws_handshake', code: 101, connected: false })).not.toHaveProperty('reasonCode')
  })

  it('an attempt that the application itself gave up is nothing', () => {
    expect(read({ events: [{ ...closed, cause: 'local_end', connected: false }] })).toEqual({
      events: [],
      rejected: [],
    })
  })

  it('the other events are themselves, and what found no room is said with the first', () => {
    const at = { atMs: nowMs - 5, process: 'x' }
    const events = [
      { type: 'offline', sequence: 1, ...at },
      { type: 'reconnecting', sequence: 2, attempt: 3, ...at },
      {
        type: 'connected',
        sequence: 3,
        attempt: 3,
        connectMs: 41.6,
        sessionPresent: true,
        keepaliveSeconds: 30,
        ...at,
      },
    ]
    const found = read({ events, dropped: 12 }).events
    expect(found.map(({ type }) => type)).toEqual(['offline', 'reconnecting', 'connected'])
    expect(found.map(({ evidence }) => evidence?.droppedBefore)).toEqual([12, undefined, undefined])
    expect(found[2]).toMatchObject({
      keepaliveSeconds: 30,
      evidence: { attempt: 3, connectMs: 42, sessionPresent: true },
    })
    expect(found[2]).not.toHaveProperty('cause')
    expect(new Set(found.map((draft) => eventOf(draft).id)).size).toBe(3)
  })

  it('is the same whoever receives it, whenever; only a stamp more than a day off gives way to the receipt', () => {
    const late = read({}, { receivedAtMs: nowMs + dayMs / 2 }).events
    expect(late).toEqual(read().events)
    const atMs = nowMs - 2 * dayMs
    expect(read({ events: [{ ...closed, atMs }] }).events[0]).toMatchObject({
      atMs: nowMs,
      connectedAtMs: nowMs - 3_600_000,
      evidence: { clock: 'receipt', stampedAt: instant(atMs) },
    })
  })

  it('is marked where it is Keepwatch’s own, and takes its id from the document only where no topic names one', () => {
    expect(read({}, { clientId: 'keepwatch-plant-a' }).events[0]?.own).toBe(true)
    const { clientId: _, ...posted } = context
    expect(readClaimDocument(document, posted).events[0]?.clientId).toBe('somebody else')
    expect(readClaimDocument({ ...document, clientId: undefined }, posted).rejected).toHaveLength(1)
  })
})

describe('what is not stored', () => {
  it.each([
    ['no JSON', '{', 'malformed'],
    ['another version', JSON.stringify({ ...document, keepwatch: 2 }), 'malformed'],
    ['no document', '[]', 'malformed'],
    [
      'too many events',
      JSON.stringify({ ...document, events: Array.from({ length: maxClaimEvents + 1 }, () => closed) }),
      'claim_bound',
    ],
    ['an empty id', JSON.stringify(document), 'malformed'],
  ])('%s', (name, text, reason) => {
    const found = readClaims(text, name === 'an empty id' ? { ...context, clientId: '' } : context)
    expect(found).toMatchObject({ events: [], rejected: [{ reason }] })
  })

  it('a claim that cannot be read costs itself alone, and fields that are not known cost nothing', () => {
    const odd = [{ ...closed, atMs: 'yesterday' }, { type: 'dreaming' }, null, { ...closed, mood: 'good', sequence: 8 }]
    const found = read({ events: odd, mood: 'good' })
    expect(found.rejected.map(({ reason }) => reason)).toEqual(['malformed', 'not_lifecycle', 'not_lifecycle'])
    expect(found.events).toHaveLength(1)
    expect(JSON.stringify(found.events)).not.toContain('mood')
  })

  it('texts beyond their bounds are cut', () => {
    const long = `${'x'.repeat(299)}\u{1f321}${'y'.repeat(70_000)}`
    const event = ended({ text: long, errorCode: long, lastSent: long, lastTopic: long })
    expect(event?.reason).toBe('x'.repeat(299))
    expect(JSON.stringify(event).length).toBeLessThan(2000)
  })

  it('whatever comes, nothing is thrown and nothing is made that the record would refuse', () => {
    const spoilt = fc
      .tuple(
        fc.constantFrom(...Object.keys(closed)),
        fc.oneof(fc.anything(), fc.double(), fc.string({ unit: 'binary' })),
      )
      .map(([key, value]) => ({ ...closed, [key]: value }))
    const about = fc.record(
      { endpoint: fc.anything(), dropped: fc.anything(), protocol: fc.nat(6) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.anything({ maxDepth: 1 }), spoilt), { maxLength: 5 }),
        about,
        (events, changes) => {
          const faults = read({ ...changes, events }).events.filter(
            (event) => !EventDraftSchema.safeParse(event).success,
          )
          expect(faults).toEqual([])
        },
      ),
    )
    fc.assert(fc.property(fc.anything(), (value) => void readClaimDocument(value, context)))
  })
})

describe('topics', () => {
  it.each([
    ['AA:BB:CC 1', 'AA:BB:CC 1'],
    ['a/b#c+d%e', 'a%2Fb%23c%2Bd%25e'],
    ['ポンプ🜁', 'ポンプ🜁'],
    ['a\0b', 'a%00b'],
  ])('%j publishes to %j', (clientId, encoded) => {
    expect(claimTopicOf(clientId)).toBe(`keepwatch/v1/clients/${encoded}`)
  })
  it('every id is found in its topic again, and no topic holds more levels', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (clientId) => {
        expect(claimantOf(claimTopicOf(clientId))).toBe(clientId)
        expect(claimTopicOf(clientId).split('/')).toHaveLength(4)
      }),
    )
  })
  it('no other topic speaks for an id', () => {
    for (const rest of ['%41', 'a%2fb', '%', '%E0%A4%A', 'a+b', 'a/b', 'a\0']) {
      expect(claimantOf(`keepwatch/v1/clients/${rest}`), rest).toBeUndefined()
    }
    expect(claimantOf('keepwatch/v2/clients/a')).toBeUndefined()
  })
})

describe('the table of causes in docs/causes.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/causes.md'), 'utf8')
  const rows = [...text.matchAll(/^\| `(\w+)` \| ([^|`]+) \| `(\w+)` \|$/gm)].map(
    ([, name = '', codes = '', cause = '']) => ({ name, codes, cause }),
  )
  const last = 4999
  const listed = (codes: string): number[] => {
    const from = /^(\d+) and more$/.exec(codes)?.[1]
    if (from === undefined) return codes.split(', ').map(Number)
    return Array.from({ length: last - Number(from) + 1 }, (_, index) => Number(from) + index)
  }
  const told = new Map(
    rows.flatMap(({ name, codes, cause }) => listed(codes).map((code) => [`${name} ${code}`, cause] as const)),
  )
  const others = new Map(rows.filter(({ codes }) => !/\d/.test(codes)).map(({ name, cause }) => [name, cause]))

  it('names every client’s cause', () => {
    expect([...others.keys()].toSorted()).toEqual([...clientCauseNames].toSorted())
  })
  it.each(clientCauseNames)('is what is done with %s', (name: ClientCause) => {
    const codes = Array.from({ length: last + 1 }, (_, code) => code)
    const documented = (code: number) => told.get(`${name} ${code}`) ?? others.get(name)
    expect(codes.filter((code) => causeOfClosed({ cause: name, code }) !== documented(code))).toEqual([])
    expect(causeOfClosed({ cause: name })).toBe(others.get(name))
  })
})
