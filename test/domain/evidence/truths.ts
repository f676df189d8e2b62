/** Connections as they truly were, and what two views tell of them. */
import fc from 'fast-check'
import { eventOf } from '../../../codec/identity.ts'
import type { Cause } from '../../../domain/cause.ts'
import type { Event, EventDraft } from '../../../domain/event.ts'

/** One connection as it truly was. */
export interface Truth {
  readonly beganMs: number
  readonly endedMs: number
  readonly broker: string
  readonly process: string
  readonly cause: Cause
}
export interface Telling {
  /** The client's clock minus the broker's. */
  readonly clockMs?: number
  readonly names?: 'key' | 'begin' | 'nothing'
  /** How late the broker tells an end, by its own stamp. */
  readonly lateMs?: number
  readonly wholeSeconds?: boolean
  readonly observes?: (truth: Truth) => boolean
}

export const startMs = Date.parse('2026-11-22T10:00:00.000Z')

/** What both views tell, in order; `username` says which connection an event is of. */
export function told(
  truths: readonly Truth[],
  { clockMs = 0, names = 'nothing', lateMs = 0, wholeSeconds = false, observes = () => true }: Telling = {},
): Event[] {
  const stamp = (ms: number) => (wholeSeconds ? Math.floor(ms / 1000) * 1000 : ms)
  /** In the order in which the broker told them: only that is kept where stamps are of whole seconds. */
  const drafts: EventDraft[] = truths
    .flatMap((truth, index): EventDraft[] => {
      const { beganMs, endedMs, broker, process, cause } = truth
      const common = { ordinal: 0, cluster: 'plant', broker, clientId: 'pump-1', own: false }
      const key = names === 'key' ? { sessionKey: `s${index}` } : {}
      const connectedAtMs = stamp(beganMs)
      const begun = names === 'begin' ? { connectedAtMs } : {}
      const evidence = { process }
      const clientMs = (ms: number) => ms + clockMs
      return [
        { ...common, ...key, type: 'connected', view: 'broker', atMs: beganMs, username: `${index}` },
        {
          ...common,
          ...key,
          ...begun,
          type: 'disconnected',
          view: 'broker',
          atMs: endedMs + lateMs,
          cause,
          username: `${index}`,
        },
        ...(observes(truth)
          ? ([
              {
                ...common,
                type: 'connected',
                view: 'client',
                atMs: clientMs(beganMs + 20),
                evidence,
                username: `${index}`,
              },
              {
                ...common,
                type: 'disconnected',
                view: 'client',
                atMs: clientMs(endedMs + 5),
                connectedAtMs: clientMs(beganMs + 20),
                cause: 'network_eof',
                evidence: { ...evidence, clientCause: 'tcp_fin' },
                username: `${index}`,
              },
            ] as const)
          : []),
      ]
    })
    .toSorted((a, b) => a.atMs - b.atMs)
  const seen = new Map<string, number>()
  return drafts.map((draft, ordinal) => {
    if (draft.view === 'client') return eventOf({ ...draft, ordinal })
    const atMs = stamp(draft.atMs)
    // What the watcher does with equal messages of one instant.
    const repeat = seen.get(`${draft.type}${atMs}`) ?? 0
    seen.set(`${draft.type}${atMs}`, repeat + 1)
    return eventOf({ ...draft, ordinal, atMs, ...(repeat === 0 ? {} : { repeat }) })
  })
}

/** Sessions of one client after another, of any age. */
export const history = ({ most = 30, leastAgeMs = 20_000, leastGapMs = 1000 } = {}) =>
  fc
    .array(
      fc.record({
        ageMs: fc.integer({ min: leastAgeMs, max: 3_600_000 }),
        gapMs: fc.integer({ min: leastGapMs, max: 120_000 }),
        broker: fc.constantFrom('b1', 'b2'),
        cause: fc.constantFrom<Cause>('network_eof', 'keepalive_timeout', 'unknown', 'client_requested'),
      }),
      { minLength: 1, maxLength: most },
    )
    .map((parts) => {
      let atMs = startMs
      return parts.map(({ ageMs, gapMs, broker, cause }): Truth => {
        const beganMs = atMs
        atMs += ageMs + gapMs
        return { beganMs, endedMs: beganMs + ageMs, broker, process: 'p1', cause }
      })
    })

/** Two or more processes throw each other out. */
export const fight = fc
  .record({
    processes: fc.integer({ min: 2, max: 4 }),
    lengthsMs: fc.array(fc.integer({ min: 900, max: 1400 }), { minLength: 5, maxLength: 60 }),
  })
  .map(({ processes, lengthsMs }) => {
    let atMs = startMs
    return lengthsMs.map((lengthMs, index): Truth => {
      const beganMs = atMs
      atMs += lengthMs
      return { beganMs, endedMs: atMs, broker: 'b1', process: `p${index % processes}`, cause: 'session_taken_over' }
    })
  })
