import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextOf } from '../../../domain/cluster-context.ts'
import { clientOffline } from '../../../domain/detectors/client-offline.ts'
import { flapping } from '../../../domain/detectors/flapping.ts'
import { takeoverLoop } from '../../../domain/detectors/takeover-loop.ts'
import type { Minute, TopClient } from '../../../domain/minute.ts'
import { ClusterSchema } from '../../../domain/settings.ts'
import { instant, minuteMs } from '../../../domain/time.ts'
import { beginMs, minuteOf, type Timeline } from '../timeline.ts'

const detectors = [flapping, takeoverLoop, clientOffline]
const settings = {
  flapping: { minimumDisconnects: 4, windowMinutes: 8 },
  takeoverLoop: { minimumTakeovers: 4, windowMinutes: 5 },
  limits: { 'num-disconnects': { count: 9, durationSeconds: 120 } },
}

interface Options {
  readonly from?: number
  readonly saveEvery?: number
  readonly watched?: string
}

/** Every statement about a timeline, as `minute kind scope verdict figure`. */
function said(timeline: Timeline, { from = beginMs, saveEvery = 1, watched = 'a' }: Options = {}): string[] {
  const watchedClients = [{ clientId: watched, offlineMinutes: 3 }]
  const context = contextOf(
    { detection: settings },
    ClusterSchema.parse({ name: 'plant', dialect: 'aedes', watchedClients }),
  )
  return detectors.flatMap((detector) => {
    let open = detector.open({})
    return timeline.flatMap((step, index) => {
      const brokers = Object.entries(step).map(([broker, changes]) => minuteOf(broker, index, changes, from))
      const startMs = from + index * minuteMs
      const coverage = Math.max(...brokers.map((each) => each.coverage))
      const minute = { cluster: 'plant', startMs, end: instant(startMs + minuteMs), brokers, coverage }
      const { judgements } = open.judge({ minute, context })
      if ((index + 1) % saveEvery === 0) open = detector.open(JSON.parse(JSON.stringify(open.save())))
      return judgements.map(({ kind, clientId = '*', verdict, finding }) =>
        [index, kind, clientId, verdict, finding?.observed].join(' '),
      )
    })
  })
}
const sorted = (lines: readonly string[]) => lines.toSorted()

interface Drawn {
  readonly coverage: number
  readonly topClients: readonly TopClient[]
  readonly watched: readonly { readonly online: boolean; readonly second: number }[]
}
const client = fc
  .record({
    clientId: fc.constantFrom('a', 'b', 'c'),
    drops: fc.nat(3),
    takeovers: fc.nat(3),
    graceful: fc.nat(2),
    peers: fc.subarray(['10.0.0.1', '10.0.0.2:5']),
  })
  .map(({ drops, ...one }): TopClient => ({ ...one, disconnects: drops + one.takeovers + one.graceful }))
const drawn = fc.record<Drawn>({
  coverage: fc.constantFrom(0, 0.5, 1, 1),
  topClients: fc.uniqueArray(client, { selector: ({ clientId }) => clientId, maxLength: 3 }),
  watched: fc.oneof(
    { weight: 9, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.record({ online: fc.boolean(), second: fc.nat(59) }), { maxLength: 1 }) },
  ),
})
const timelines = fc.array(fc.record({ b1: drawn, b2: drawn }), { maxLength: 30 })

function stepOf({ watched, ...changes }: Drawn, index: number, from: number): Partial<Minute> {
  const at = (second: number) => instant(from + index * minuteMs + second * 1000)
  const own = watched.map(({ online, second }) => ({ clientId: 'a', online, at: at(second) }))
  return { ...changes, topClients: [...changes.topClients], watched: own }
}
const timelineOf = (steps: readonly { readonly b1: Drawn; readonly b2: Drawn }[], from = beginMs) =>
  steps.map(({ b1, b2 }, index) => ({ b1: stepOf(b1, index, from), b2: stepOf(b2, index, from) }))

describe('what is said of single clients', () => {
  it('does not depend on the order of brokers where a client goes offline on both in one instant', () => {
    const gone = [{ clientId: 'a', online: false, at: instant(beginMs) }]
    const timeline = [
      { b1: { watched: gone }, b2: { watched: gone } },
      ...Array.from({ length: 9 }, () => ({ b1: { coverage: 0 }, b2: {} })),
    ]
    const back = timeline.map(({ b1, b2 }) => ({ b2, b1 }))
    expect(said(back)).toEqual(said(timeline))
  })

  it('fires in many of these timelines', () => {
    const lines = fc.sample(timelines, { numRuns: 200, seed: 1 }).flatMap((steps) => said(timelineOf(steps)))
    for (const { kind } of detectors) {
      expect(lines.filter((line) => line.includes(`${kind} `) && line.includes(' firing ')).length).toBeGreaterThan(5)
    }
  })
  it('is the same at another time, under other names, and however often it is stored', () => {
    const later = beginMs + 1_234_567 * minuteMs
    const names: Readonly<Record<string, string>> = { a: 'pump-9', b: '__proto__', c: 'zz', b1: 'north', b2: 'south' }
    const renamed = (timeline: Timeline): Timeline =>
      timeline.map((step) =>
        Object.fromEntries(
          Object.entries(step).map(([broker, { topClients = [], watched = [], ...changes }]) => {
            const rename = <T extends { clientId: string }>(one: T): T => ({
              ...one,
              clientId: names[one.clientId] ?? '',
            })
            return [
              names[broker] ?? '',
              { ...changes, topClients: topClients.map(rename), watched: watched.map(rename) },
            ]
          }),
        ),
      )
    const rename = (line: string) =>
      line.replace(/^(\d+ \w+) (\S+)/, (_, head: string, name: string) => `${head} ${names[name] ?? name}`)
    fc.assert(
      fc.property(timelines, (steps) => {
        const timeline = timelineOf(steps)
        const expected = said(timeline)
        expect(said(timelineOf(steps, later), { from: later })).toEqual(expected)
        expect(said(timeline, { saveEvery: 7 })).toEqual(expected)
        expect(sorted(said(renamed(timeline), { watched: 'pump-9' }))).toEqual(sorted(expected.map(rename)))
      }),
    )
  })
  it('is the same whatever the order of brokers and clients', () => {
    fc.assert(
      fc.property(timelines, (steps) => {
        const timeline = timelineOf(steps)
        const back = timeline.map(({ b1, b2 }) => {
          return { b2, b1: { ...b1, topClients: (b1.topClients ?? []).toReversed() } }
        })
        expect(said(back)).toEqual(said(timeline))
      }),
    )
  })
  it('does not fire sooner because of gaps, and never in one', () => {
    const first = (lines: readonly string[], kind: string) => {
      const line = lines.find((each) => each.includes(`${kind} `) && each.includes(' firing '))
      return line === undefined ? Infinity : Number(line.split(' ')[0])
    }
    const gapsOf = fc.array(fc.constantFrom('', 'b1', 'b2', 'both'), { minLength: 30, maxLength: 30 })
    fc.assert(
      fc.property(timelines, gapsOf, (steps, gaps) => {
        const gapped = steps.map(({ b1, b2 }, index) => ({
          b1: ['b1', 'both'].includes(gaps[index] ?? '') ? { ...b1, coverage: 0 } : b1,
          b2: ['b2', 'both'].includes(gaps[index] ?? '') ? { ...b2, coverage: 0 } : b2,
        }))
        const [whole, seen] = [said(timelineOf(steps)), said(timelineOf(gapped))]
        for (const kind of ['flapping', 'takeover_loop']) {
          expect(first(seen, kind)).toBeGreaterThanOrEqual(first(whole, kind))
        }
        const dark = new Set(gaps.flatMap((gap, index) => (gap === 'both' ? [`${index}`] : [])))
        expect(seen.filter((line) => dark.has(line.split(' ')[0] ?? '') && !line.includes(' unseen '))).toEqual([])
      }),
    )
  })
})
