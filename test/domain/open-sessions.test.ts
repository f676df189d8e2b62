/** Ends that no broker told, as timelines: what is concluded, when, and what is not. */
import { describe, expect, it } from 'vitest'
import type { EventDraft } from '../../domain/event.ts'
import { createOpenSessions, type ListedClient } from '../../domain/open-sessions.ts'
import { draftOf } from '../events.ts'

const startMs = Date.parse('2026-11-22T10:00:00.000Z')
/** Seconds since the start, in the broker's time and in the watcher's. */
const at = (second: number) => startMs + second * 1000
const { sessionKey: _1, cause: _2, initiator: _3, graceful: _4, origin: _5, ...plain } = draftOf()

/** Events as a broker tells them: with the beginning's time, as EMQX does, unless a test says otherwise. */
const connected = (second: number, changes: Partial<EventDraft> = {}): EventDraft => {
  const times = { atMs: at(second), connectedAtMs: at(second) }
  return { ...plain, type: 'connected', ...times, ...changes }
}
const disconnected = (second: number, beganSecond: number, changes: Partial<EventDraft> = {}): EventDraft => ({
  ...plain,
  type: 'disconnected',
  atMs: at(second),
  connectedAtMs: at(beganSecond),
  ...changes,
})
/** The same as a broker writes it that tells the beginning's time with neither, as mosquitto does. */
function undated(draft: EventDraft): EventDraft {
  const { connectedAtMs: _, ...rest } = draft
  return rest
}

function open(maxSessions = 100) {
  const sessions = createOpenSessions('plant', maxSessions)
  /** The broker told these, in this order, each at its own time unless one is given. */
  const told = (drafts: readonly EventDraft[], second?: number) =>
    drafts.map((draft) => sessions.take(draft, second === undefined ? draft.atMs : at(second)))
  return { ...sessions, told }
}

describe('a session that another of the same client follows', () => {
  it('and whose end is told within five seconds, in whatever order, is not concluded to have ended', () => {
    const { told, due, size } = open()
    told([connected(0), connected(60, { broker: 'b2' })])
    expect(due(at(62))).toEqual([])
    told([disconnected(60, 0)], 64)
    expect(due(at(600))).toEqual([])
    expect(size()).toBe(1)
  })

  it('and whose end is never told ended when the other began, on its own broker, with its own beginning', () => {
    const { told, due } = open()
    told([connected(0), connected(60, { broker: 'b2' })])
    expect(due(at(64.9))).toEqual([])
    expect(due(at(65))).toEqual([
      {
        atMs: at(60),
        ordinal: 0,
        cluster: 'plant',
        broker: 'b1',
        clientId: 'pump-1',
        type: 'disconnected',
        view: 'broker',
        own: false,
        cause: 'unknown',
        initiator: 'unknown',
        graceful: false,
        origin: 'inferred',
        reason: 'a new session of the client began; the broker told no end of this one',
        connectedAtMs: at(0),
      },
    ])
    expect(due(at(600))).toEqual([])
  })

  it('is judged for itself, however many follow one another', () => {
    const { told, due } = open()
    told([connected(0), connected(1), connected(2), connected(3), disconnected(2, 1)])
    expect(due(at(7)).map(({ connectedAtMs, atMs }) => [connectedAtMs, atMs])).toEqual([[at(0), at(1)]])
    expect(due(at(8)).map(({ connectedAtMs, atMs }) => [connectedAtMs, atMs])).toEqual([[at(2), at(3)]])
    expect(due(at(600))).toEqual([])
  })

  it('is concluded no end of where the same take-over is told twice', () => {
    const { told, due, size } = open()
    const takeOver = [connected(0), disconnected(60, 0), connected(60)]
    told([...takeOver, ...takeOver])
    expect(due(at(600))).toEqual([])
    expect(size()).toBe(1)
  })

  it.each([
    ['dated', (draft: EventDraft) => draft],
    ['undated', undated],
  ])('is not concluded an end of where the broker tells all of it again, %s', (_name, as) => {
    const { told, due, size } = open()
    const story = [
      connected(0, { peer: '10.0.0.1:4001' }),
      disconnected(10, 0),
      connected(10, { peer: '10.0.0.1:4002' }),
      disconnected(10, 10),
      connected(10, { peer: '10.0.0.1:4003' }),
    ].map(as)
    told([...story, ...story], 20)
    expect(due(at(600))).toEqual([])
    expect(size()).toBe(1)
  })

  it('within one second, from another port or told as a repetition, is another although nothing dates it', () => {
    const { told, due } = open()
    told(
      [connected(0, { peer: '1' }), connected(0, { peer: '2' }), connected(0, { peer: '2', repeat: 1 })].map(undated),
    )
    expect(due(at(600)).map(({ atMs, connectedAtMs }) => [atMs, connectedAtMs])).toEqual([
      [at(0), at(0)],
      [at(0), at(0)],
    ])
  })
})

describe('an end that is told', () => {
  it('late, of a session long superseded, does not end the one that is open', () => {
    const { told, endAll } = open()
    told([connected(0), disconnected(10, 0), connected(10), disconnected(10, 0)])
    expect(endAll({ broker: 'b1', atMs: at(99), cause: 'server_shutdown', reason: 'stopped' })).toHaveLength(1)
  })

  it('by its session alone is given its client, once per session', () => {
    const { told, size } = open()
    const { clientId: _, ...nameless } = disconnected(9, 0, { sessionKey: '<0.17>' })
    const [, ended] = told([connected(0, { sessionKey: '<0.17>' }), nameless])
    expect(ended).toEqual({ ...nameless, clientId: 'pump-1' })
    expect(size()).toBe(0)
    expect(told([nameless])).toEqual([nameless])
  })

  it('by a session that another of the client followed is given its client too, and not concluded once more', () => {
    const { told, due } = open()
    const { clientId: _, ...nameless } = disconnected(60, 0, { sessionKey: '<0.1>' })
    told([connected(0, { sessionKey: '<0.1>' }), connected(60, { sessionKey: '<0.2>' })])
    expect(told([nameless], 63)[0]?.clientId).toBe('pump-1')
    expect(due(at(600))).toEqual([])
  })

  it('before its beginning, as some brokers swap them, leaves no session open', () => {
    const { told, size } = open()
    const sessionKey = '<0.1>'
    told([disconnected(1, 0, { sessionKey }), connected(0, { sessionKey })])
    expect(size()).toBe(0)
  })

  it('by a client itself, or refused, says nothing of sessions', () => {
    const { told, size, due } = open()
    told([connected(0), { ...disconnected(1, 0), view: 'client' }, { ...disconnected(1, 0), type: 'refused' }])
    expect([size(), due(at(600))]).toEqual([1, []])
  })
})

describe('a whole broker', () => {
  const client = (clientId: string, broker: string, second = 0) => connected(second, { clientId, broker })

  it('that ends takes its own sessions with it', () => {
    const { told, endAll, size } = open()
    told([client('a', 'b1'), client('b', 'b1'), client('c', 'b2'), { ...client('me', 'b1'), own: true }])
    const ends = endAll({ broker: 'b1', atMs: at(9), cause: 'server_shutdown', reason: 'terminating' })
    expect(ends.map(({ clientId, own }) => [clientId, own])).toEqual([
      ['a', false],
      ['b', false],
      ['me', true],
    ])
    expect(ends[0]).toMatchObject({
      atMs: at(9),
      broker: 'b1',
      connectedAtMs: at(0),
      cause: 'server_shutdown',
      initiator: 'server',
      origin: 'inferred',
      reason: 'terminating',
    })
    expect(size()).toBe(1)
  })

  it('that was started again does not take those that came since', () => {
    const { told, endAll } = open()
    told([client('a', 'b1')], 0)
    told([client('b', 'b1')], 30)
    const end = { broker: 'b1', atMs: at(9), cause: 'server_shutdown', reason: 'started again' } as const
    expect(endAll(end, at(20)).map(({ clientId }) => clientId)).toEqual(['a'])
  })

  it('that is missing from a later list of the cluster’s brokers is gone; one that was in none is not judged', () => {
    const { told, brokersAre } = open()
    told([client('a', 'b1'), client('b', 'b2'), client('c', 'b3')])
    expect(brokersAre(['b1', 'b2'], at(1))).toEqual([])
    const ends = brokersAre(['b1'], at(60))
    expect(ends.map(({ clientId, atMs, cause }) => [clientId, atMs, cause])).toEqual([['b', at(60), 'server_shutdown']])
    expect(brokersAre(['b1'], at(120))).toEqual([])
  })
})

describe('the broker’s own list of clients', () => {
  const listed = (clientId: string, changes: Partial<ListedClient> = {}): ListedClient => ({
    clientId,
    broker: 'b1',
    connectedAtMs: at(0),
    ...changes,
  })
  const when = { atMs: at(60), seenAtMs: at(60) }

  it('ends what it does not hold, or holds as another session, unless that began just now', () => {
    const { told, clientsAre } = open()
    told([
      connected(0, { clientId: 'there' }),
      connected(0, { clientId: 'gone' }),
      connected(0, { clientId: 'other' }),
      connected(55, { clientId: 'new' }),
    ])
    const ends = clientsAre([listed('there'), listed('other', { connectedAtMs: at(40) })], when)
    expect(ends.map(({ clientId, atMs, cause }) => [clientId, atMs, cause])).toEqual([
      ['gone', at(60), 'unknown'],
      ['other', at(60), 'unknown'],
    ])
    expect(ends[0]).toMatchObject({ origin: 'inferred', connectedAtMs: at(0) })
  })

  it('tells of sessions that began before anybody watched, so that their ends can be concluded', () => {
    const { clientsAre, told, due, size } = open()
    expect(clientsAre([listed('early', { sessionKey: 's1' }), listed('undated', { broker: 'b2' })], when)).toEqual([])
    expect(size()).toBe(2)
    told([connected(70, { clientId: 'early', sessionKey: 's2' })])
    expect(due(at(75))).toMatchObject([{ clientId: 'early', sessionKey: 's1', connectedAtMs: at(0), atMs: at(70) }])
    expect(clientsAre([], { atMs: at(120), seenAtMs: at(120) })).toHaveLength(2)
  })

  it('compares by the session’s key where both have one', () => {
    const { told, clientsAre } = open()
    told([connected(0, { clientId: 'a', sessionKey: '1' }), connected(0, { clientId: 'b', sessionKey: '2' })])
    const list = [listed('a', { sessionKey: '1', connectedAtMs: at(1) }), listed('b', { sessionKey: '3' })]
    expect(clientsAre(list, when).map(({ clientId }) => clientId)).toEqual(['b'])
  })
})

describe('what is remembered is bounded', () => {
  it('sessions beyond the bound are not followed, and nothing is concluded of them', () => {
    const { told, size, endAll } = open(10)
    told(Array.from({ length: 100 }, (_each, n) => connected(n, { clientId: `pump-${n}`, sessionKey: `${n}` })))
    expect(size()).toBe(10)
    const end = { broker: 'b1', atMs: at(200), cause: 'server_shutdown', reason: 'stopped' } as const
    expect(endAll(end).map(({ clientId }) => clientId)).toEqual(Array.from({ length: 10 }, (_each, n) => `pump-${n}`))
    told([connected(300)])
    expect(size()).toBe(1)
  })

  it('a client that takes itself over without end is waited for a hundred times at most', () => {
    const { told, due } = open()
    told(Array.from({ length: 1000 }, (_each, n) => connected(n / 1000)))
    expect(due(at(600))).toHaveLength(100)
  })
})
