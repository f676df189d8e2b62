/** Instants as the store and the API write them: RFC 3339 UTC with milliseconds, so that text order is time order. */
import * as z from 'zod/mini'

export const secondMs = 1000
export const minuteMs = 60_000
export const dayMs = 86_400_000

const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** An instant such as `2026-11-22T10:00:00.123Z`; always 24 characters. */
export const InstantSchema = z
  .string()
  .check(
    z.refine((text) => pattern.test(text) && !Number.isNaN(Date.parse(text)), 'an RFC 3339 UTC time with milliseconds'),
  )

const earliestMs = Date.parse('2000-01-01T00:00:00.000Z')
const latestMs = Date.parse('9999-12-31T23:59:59.999Z')

/** Writes epoch milliseconds as an instant. Values outside 2000–9999 are clamped, so that it never throws. */
export function instant(epochMs: number): string {
  const bounded = Number.isFinite(epochMs) ? Math.min(Math.max(epochMs, earliestMs), latestMs) : earliestMs
  return new Date(Math.trunc(bounded)).toISOString()
}

/** Start of the minute that holds the instant, epoch milliseconds in and out. */
export function startOfMinute(epochMs: number): number {
  return Math.floor(epochMs / minuteMs) * minuteMs
}
