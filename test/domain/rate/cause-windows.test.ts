import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cause } from '../../../domain/cause.ts'
import {
  addCauses,
  causeSum,
  correctCauses,
  type CauseWindows,
  emptyCauses,
  judgedCauses,
  learnCauses,
  openCauses,
  saveCauses,
  topCauses,
  usualShare,
} from '../../../domain/rate/cause-windows.ts'

const lengths = [1, 3, 5, 15, 30]
const names = ['keepalive_timeout', 'network_eof', 'session_taken_over', 'client_requested'] as const
const counts = fc.dictionary(fc.constantFrom(...names), fc.nat(20), { maxKeys: 3 })
const placeOf = (cause: Cause) => judgedCauses.indexOf(cause)
const stored = (causes: CauseWindows) => openCauses(JSON.parse(JSON.stringify(saveCauses(causes))))
const sumsOf = (causes: CauseWindows) =>
  judgedCauses.map((_, place) => lengths.map((__, window) => causeSum(causes, place, window)))

describe('windows of causes', () => {
  it('hold the sums of their minutes, though causes vanish and return, minutes are left out or corrected, and all is stored', () => {
    const steps = fc.array(
      fc.record({
        after: fc.oneof(
          { weight: 9, arbitrary: fc.constant(1) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }) },
        ),
        // Mostly nothing, so that causes vanish.
        counts: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: counts }),
        correction: fc.option(fc.record({ age: fc.nat(40), counts }), { freq: 4 }),
        isStored: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      }),
      { maxLength: 150 },
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3e7 }), steps, (first, all) => {
        const minutes = new Map<number, Readonly<Partial<Record<Cause, number>>>>()
        let causes = emptyCauses()
        let newest = first
        for (const step of all) {
          newest += step.after
          minutes.set(newest, step.counts)
          addCauses(causes, newest, step.counts)
          if (step.correction !== null) {
            const { age, counts: corrected } = step.correction
            correctCauses(causes, newest - age, corrected)
            if (age < 30) minutes.set(newest - age, corrected)
          }
          if (step.isStored) causes = stored(causes)
        }
        const expected = judgedCauses.map((cause) =>
          lengths.map((length) => {
            let sum = 0
            for (let age = 0; age < length; age += 1) sum += minutes.get(newest - age)?.[cause] ?? 0
            return sum
          }),
        )
        expect(sumsOf(causes)).toEqual(expected)
        const top = topCauses(causes, 4, 99)
        expect(top.map(({ cause, count }) => [placeOf(cause), count])).toEqual(
          expected
            .map((sums, place) => [place, sums[4] ?? 0] as const)
            .filter(([, count]) => count > 0)
            .toSorted(
              ([a, countA], [b, countB]) =>
                countB - countA || ((judgedCauses[a] ?? '') < (judgedCauses[b] ?? '') ? -1 : 1),
            ),
        )
        expect(sumsOf(stored(causes))).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })
  it('learn the share of each cause, forget it by half within a day, and remember it through the store', () => {
    let causes = emptyCauses()
    let minute = 0
    const live = (minutes: number, each: Readonly<Partial<Record<Cause, number>>>) => {
      for (const end = minute + minutes; minute < end; minute += 1) {
        addCauses(causes, minute, each)
        learnCauses(causes)
      }
    }
    live(3000, { network_eof: 9, keepalive_timeout: 1, client_requested: 500 })
    expect(usualShare(causes, placeOf('keepalive_timeout'))).toBeCloseTo(0.1, 2)
    live(1440, { network_eof: 10 })
    causes = stored(causes)
    expect(usualShare(causes, placeOf('keepalive_timeout'))).toBeCloseTo(0.043, 2)
    expect(usualShare(causes, placeOf('quota_exceeded'))).toBeLessThan(0.001)
  })
})
