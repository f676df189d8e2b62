/** Connections joined from two views: whatever is late, lost, doubled or of another clock, events of one stay together. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventOf } from '../../../codec/identity.ts'
import type { ClientCause } from '../../../domain/client-cause.ts'
import { causeOfClosed } from '../../../domain/closed-cause.ts'
import type { Event, EventDraft } from '../../../domain/event.ts'
import { connectionsOf, type Session } from '../../../domain/evidence/two-views.ts'
import { fight, history, startMs, told, type Truth } from './truths.ts'

const clock = fc.integer({ min: -120_000, max: 120_000 })
const eventsOf = ({ begin, end, claim }: Session): Event[] =>
  [begin, end, claim.begin, claim.end].flatMap((e) => e ?? [])
const truthsOf = (session: Session) => [...new Set(eventsOf(session).map(({ username }) => username))]
/** Sessions that hold events of more than one truth. */
const mixed = (sessions: readonly Session[]) => sessions.filter((session) => truthsOf(session).length > 1).map(truthsOf)

describe('the connections of one client', () => {
  it('are whole and of the right age, whatever the client’s clock says, and whoever names them', () => {
    fc.assert(
      fc.property(history(), clock, fc.constantFrom('key', 'begin', 'nothing'), (truths, clockMs, names) => {
        const { sessions } = connectionsOf(told(truths, { clockMs, names }))
        expect(mixed(sessions)).toEqual([])
        expect(sessions.map((session) => eventsOf(session).length)).toEqual(truths.map(() => 4))
        expect(sessions.map(({ ageMs }) => ageMs)).toEqual(truths.map(({ beganMs, endedMs }) => endedMs - beganMs))
        expect(sessions.every(({ noticedLaterMs = 9999 }) => Math.abs(noticedLaterMs) < 100)).toBe(true)
      }),
    )
  })

  it('are the same in whatever order their events come, and however often', () => {
    fc.assert(
      fc.property(history(), clock, fc.infiniteStream(fc.nat()), (truths, clockMs, numbers) => {
        const events = told(truths, { clockMs })
        const shuffled = [...events, ...events.slice(0, 10)]
          .map((event) => ({ event, key: numbers.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ event }) => event)
        expect(connectionsOf(shuffled)).toEqual(connectionsOf(events))
      }),
    )
  })

  it('are not mixed up where any begin or end of any view is lost, if the broker names its sessions', () => {
    const lost = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 120, maxLength: 120 })
    fc.assert(
      fc.property(history(), lost, fc.constantFrom('key', 'begin'), (truths, draws, names) => {
        const events = told(truths, { clockMs: 3000, names }).filter((_, index) => draws[index] !== 0)
        const { sessions } = connectionsOf(events)
        expect(mixed(sessions)).toEqual([])
        expect(sessions.flatMap(eventsOf)).toHaveLength(events.length)
      }),
    )
  })

  it('are not mixed up where ends are lost, or begins, of a broker that names nothing', () => {
    const lost = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 120, maxLength: 120 })
    fc.assert(
      fc.property(history(), lost, fc.constantFrom('connected', 'disconnected'), (truths, draws, type) => {
        const events = told(truths).filter((event, index) => event.type !== type || draws[index] !== 0)
        const { sessions } = connectionsOf(events)
        expect(mixed(sessions)).toEqual([])
        expect(sessions.flatMap(eventsOf)).toHaveLength(events.length)
        const untold = sessions.filter(({ endUntold }) => endUntold)
        expect(untold.every(({ end, claim }) => end === undefined && claim.end === undefined)).toBe(true)
      }),
    )
  })

  it('end when they ended, though the broker tells it after the begin of the next', () => {
    fc.assert(
      fc.property(history({ leastGapMs: 1000 }), fc.integer({ min: 0, max: 3000 }), (truths, lateMs) => {
        const oneBroker = truths.map((truth) => ({ ...truth, broker: 'b1' }))
        const { sessions } = connectionsOf(told(oneBroker, { lateMs: lateMs + 1000 }))
        expect(mixed(sessions)).toEqual([])
        expect(sessions).toHaveLength(truths.length)
      }),
    )
  })

  it('of several processes with one id each keep their own claims, each with a clock of its own', () => {
    fc.assert(
      fc.property(fight, fc.integer({ min: 0, max: 100 }), (truths, lateMs) => {
        const { sessions } = connectionsOf(told(truths, { lateMs, observes: ({ process }) => process !== 'p1' }))
        expect(mixed(sessions)).toEqual([])
        expect(sessions.map(({ process = 'p1' }) => process)).toEqual(truths.map(({ process }) => process))
      }),
    )
  })

  it('are not mixed up by a broker that stamps whole seconds and tells an end before the next begin', () => {
    fc.assert(
      fc.property(fc.oneof(fight, history()), (truths) => {
        const { sessions } = connectionsOf(told(truths, { wholeSeconds: true, observes: () => false }))
        expect(mixed(sessions)).toEqual([])
        expect(sessions).toHaveLength(truths.length)
      }),
    )
  })

  it('are whole though the broker stamps whole seconds and the client’s clock is off', () => {
    fc.assert(
      fc.property(history(), clock, (truths, clockMs) => {
        const { sessions } = connectionsOf(told(truths, { wholeSeconds: true, clockMs }))
        expect(mixed(sessions)).toEqual([])
        expect(sessions).toHaveLength(truths.length)
      }),
    )
  })

  it('on two brokers at once are told apart', () => {
    fc.assert(
      fc.property(history(), history(), (one, other) => {
        const truths = [
          ...one.map((truth) => ({ ...truth, broker: 'b1', process: 'p1' })),
          ...other.map((truth) => ({
            ...truth,
            broker: 'b2',
            process: 'p2',
            beganMs: truth.beganMs + 7000,
            endedMs: truth.endedMs + 7000,
          })),
        ]
        const { sessions } = connectionsOf(told(truths, { names: 'nothing', observes: () => false }))
        expect(mixed(sessions)).toEqual([])
        expect(sessions).toHaveLength(truths.length)
      }),
    )
  })

  it('of twenty thousand events are joined as well', () => {
    const truths = Array.from({ length: 5000 }, (_, index): Truth => {
      const beganMs = startMs + index * 1070 + (index % 7)
      return { beganMs, endedMs: beganMs + 1060, broker: 'b1', process: `p${index % 2}`, cause: 'session_taken_over' }
    })
    const { sessions } = connectionsOf(told(truths))
    expect(mixed(sessions)).toEqual([])
    expect(sessions).toHaveLength(5000)
  })
})

describe('an end', () => {
  const one: Truth = { beganMs: startMs, endedMs: startMs + 60_000, broker: 'b1', process: 'p1', cause: 'network_eof' }
  const next: Truth = { ...one, beganMs: startMs + 62_000, endedMs: startMs + 100_000 }

  it('that was concluded gives way to the one that was told; one told twice counts once', () => {
    const [begin, end, ...others] = told([one, next], { names: 'begin', observes: () => false })
    const concluded = eventOf({ ...draftOf(end), atMs: startMs + 62_000, cause: 'unknown', origin: 'inferred' })
    const again = eventOf({ ...draftOf(end), atMs: startMs + 60_400 })
    const events = [begin, concluded, end, again, ...others].flatMap((event) => event ?? [])
    const { sessions } = connectionsOf(events)
    expect(sessions).toHaveLength(2)
    expect(sessions.map(({ cause }) => cause)).toEqual(['network_eof', 'network_eof'])
  })

  it('that was not told is known to be over when the next begins in its place', () => {
    const events = told([one, next], { observes: () => false }).filter(({ at }) => at !== '2026-11-22T10:01:00.000Z')
    const { sessions } = connectionsOf(events)
    expect(sessions.map(({ endUntold = false, cause = '' }) => [endUntold, cause])).toEqual([
      [true, ''],
      [false, 'network_eof'],
    ])
  })

  it('that the client did not ask for is as the client says, though the broker writes that it disconnected', () => {
    const asked: Truth = { ...one, cause: 'client_requested' }
    const causeWith = (clientCause: ClientCause) => {
      const events = told([asked]).map((event) => {
        if (event.view === 'broker' || event.type === 'connected') return event
        const cause = causeOfClosed({ cause: clientCause })
        return eventOf({ ...draftOf(event), cause, evidence: { process: 'p1', clientCause } })
      })
      const [session] = connectionsOf(events).sessions
      expect(session?.end?.cause).toBe('client_requested')
      return session?.cause
    }
    expect(causeWith('tcp_fin')).toBe('network_eof')
    expect(causeWith('tcp_reset')).toBe('network_reset')
    expect(causeWith('local_end')).toBe('client_requested')
    expect(causeWith('unknown')).toBe('client_requested')
    expect(connectionsOf(told([asked], { observes: () => false })).sessions[0]?.cause).toBe('client_requested')
  })

  it('that both tell says who closed first', () => {
    const halfOpen = told([one]).map((event) =>
      event.view === 'client' && event.type === 'disconnected'
        ? eventOf({ ...draftOf(event), atMs: startMs + 150_000 })
        : event,
    )
    const { sessions } = connectionsOf(halfOpen)
    expect(sessions[0]?.closedFirst).toBe('broker')
    expect(Math.round((sessions[0]?.noticedLaterMs ?? 0) / 1000)).toBe(90)
  })
})

function draftOf(event: Event | undefined): EventDraft {
  if (event === undefined) throw new Error('no such event')
  const { id: _1, at, connectedAt, ...rest } = event
  return {
    ...rest,
    atMs: Date.parse(at),
    ...(connectedAt === undefined ? {} : { connectedAtMs: Date.parse(connectedAt) }),
  }
}
