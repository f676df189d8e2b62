/** A schedule keeps its beat whatever happens; who comes back some time after each end loses it. */
import { expect, it } from 'vitest'
import { keepsBeat } from '../../../domain/evidence/beat.ts'
import { seeded } from '../../scenarios/chance.ts'

const seeds = Array.from({ length: 200 }, (_, index) => index + 1)
const rounds = 60

/** One time in ten is lost. */
function beginsOf(seed: number, next: (atMs: number, round: number, random: () => number) => number): number[] {
  const random = seeded(seed)
  let atMs = 0
  return Array.from({ length: rounds }, (_, round) => (atMs = next(atMs, round, random))).filter(() => random() > 0.1)
}

it('begins each minute, early or late by up to a second, keep a beat', () => {
  const kept = seeds.filter((seed) => keepsBeat(beginsOf(seed, (_, round, random) => 60_000 * round + 1000 * random())))
  expect(kept.length).toBeGreaterThanOrEqual(0.98 * seeds.length)
})

it('begins a second after each end of short sessions seldom do', () => {
  const kept = seeds.filter((seed) =>
    keepsBeat(beginsOf(seed, (atMs, _, random) => atMs + 1010 + 100 + 200 * random())),
  )
  expect(kept.length).toBeLessThanOrEqual(0.1 * seeds.length)
})

it('a few begins tell no beat', () => {
  expect(keepsBeat([0, 1000, 2000, 3000, 4000, 5000])).toBe(false)
})
