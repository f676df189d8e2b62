import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addMinute,
  calmedAt,
  correctObserved,
  emptyWindows,
  exposureAt,
  firstLong,
  observedAt,
  openWindows,
  saveWindows,
  windowMinutes,
  type Windows,
} from '../../../domain/rate/windows.ts'

interface Figures {
  readonly observed: number
  readonly calmed: number
  readonly exposure: number
  readonly isSpiky: boolean
}
const figures = fc
  .record({
    observed: fc.nat(50),
    calmed: fc.nat(50),
    exposure: fc.oneof(fc.constant(0), fc.nat(5000)),
    isSpiky: fc.boolean(),
  })
  .map((each): Figures => ({ ...each, calmed: Math.min(each.calmed, each.observed) }))
/** What may happen to windows: a minute, mostly the next; a correction; a way through the store. */
const acts = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('add' as const), after: fc.constant(1), figures }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('add' as const), after: fc.integer({ min: 1, max: 400 }), figures }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('correct' as const), age: fc.nat(130), figures }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('store' as const) }) },
  ),
  { maxLength: 200 },
)

/** The sums, minute by minute again. */
function summed(minutes: ReadonlyMap<number, Figures>, newest: number) {
  const sumOf = (length: number, figure: (each: Figures) => number) => {
    let sum = 0
    for (let age = 0; age < length; age += 1) {
      const each = minutes.get(newest - age)
      if (each !== undefined) sum += figure(each)
    }
    return sum
  }
  return {
    observedSums: windowMinutes.map((length, n) =>
      sumOf(length, ({ observed, calmed }) => (n < firstLong ? observed : calmed)),
    ),
    exposureSums: windowMinutes.map((length) => sumOf(length, ({ exposure }) => exposure)),
    spikySums: windowMinutes.map((length) => sumOf(length, ({ exposure, isSpiky }) => (isSpiky ? exposure : 0))),
  }
}
const sumsOf = ({ observedSums, exposureSums, spikySums }: Windows) => ({
  observedSums: [...observedSums],
  exposureSums: [...exposureSums],
  spikySums: [...spikySums],
})

describe('windows', () => {
  it('hold the sums of their minutes after any additions, gaps, corrections and ways through the store', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3e7 }), acts, (first, all) => {
        const minutes = new Map<number, Figures>()
        let windows = emptyWindows()
        let newest = first
        addMinute(windows, first, { observed: 0, calmed: 0, exposure: 0, isSpiky: false })
        for (const act of all) {
          if (act.do === 'add') {
            newest += act.after
            minutes.set(newest, act.figures)
            addMinute(windows, newest, act.figures)
          } else if (act.do === 'correct') {
            const { observed, calmed } = act.figures
            const known = minutes.get(newest - act.age) ?? { exposure: 0, isSpiky: false }
            if (act.age < 120) minutes.set(newest - act.age, { ...known, observed, calmed })
            correctObserved(windows, newest - act.age, observed, calmed)
          } else windows = openWindows(JSON.parse(JSON.stringify(saveWindows(windows))))
        }
        expect(sumsOf(windows)).toEqual(summed(minutes, newest))
        for (let age = 0; age < 120; age += 1) {
          const { observed = 0, calmed = 0, exposure = 0 } = minutes.get(newest - age) ?? {}
          const at = newest - age
          expect([observedAt(windows, at), calmedAt(windows, at), exposureAt(windows, at)]).toEqual([
            observed,
            calmed,
            exposure,
          ])
        }
      }),
      { numRuns: 200 },
    )
  })
  it('are as short in the store as what they hold', () => {
    const windows = emptyWindows()
    expect(openWindows(saveWindows(windows))).toEqual(windows)
    addMinute(windows, 1000, { observed: 7, calmed: 2, exposure: 1600, isSpiky: true })
    addMinute(windows, 1002, { observed: 3, calmed: 3, exposure: 1600, isSpiky: false })
    expect(saveWindows(windows)).toEqual({
      newest: 1002,
      observed: [7, 0, 3],
      exposure: [1600, 0, 1600],
      calmed: [[2, 2]],
      spiky: [2],
    })
    addMinute(windows, 1122, { observed: 0, calmed: 0, exposure: 0, isSpiky: false })
    expect(saveWindows(windows)).toEqual({ newest: 1122, observed: [], exposure: [], calmed: [], spiky: [] })
  })
})
