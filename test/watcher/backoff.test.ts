import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, pause } from '../../watcher/backoff.ts'

const request = fc.record({
  attempt: fc.nat({ max: 10_000 }),
  baseMs: fc.integer({ min: 100, max: 600_000 }),
  capMs: fc.integer({ min: 100, max: 3_600_000 }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})

test('a wait is never negative, never over the cap and never over the doubled base', () => {
  fc.assert(
    fc.property(request, (wanted) => {
      const waitMs = backoffMs(wanted)
      expect(waitMs).toBeGreaterThanOrEqual(0)
      expect(waitMs).toBeLessThanOrEqual(wanted.capMs)
      expect(waitMs).toBeLessThanOrEqual(wanted.baseMs * 2 ** wanted.attempt)
    }),
  )
})

test('a later attempt never waits less under the same luck', () => {
  fc.assert(
    fc.property(request, (wanted) => {
      expect(backoffMs({ ...wanted, attempt: wanted.attempt + 1 })).toBeGreaterThanOrEqual(backoffMs(wanted))
    }),
  )
})

test('the jitter is full: luck spreads the wait from zero to the bound', () => {
  const wanted = { attempt: 3, baseMs: 1000, capMs: 30_000 }
  expect(backoffMs({ ...wanted, random: 0 })).toBe(0)
  expect(backoffMs({ ...wanted, random: 0.5 })).toBe(4000)
  expect(backoffMs({ ...wanted, attempt: 20, random: 0.5 })).toBe(15_000)
})

test('an aborted wait ends without an error', async () => {
  const controller = new AbortController()
  const waiting = pause(3_600_000, controller.signal)
  controller.abort()
  await expect(waiting).resolves.toBeUndefined()
})
