/** Refused attempts of one broker: what came lately, what is usual, by code. */
import * as z from 'zod/mini'
import type { Memory } from './broker-detector.ts'
import type { Minute } from './minute.ts'
import { pooled, significant } from './statistics.ts'

/** A value for each code. A code may be any text, so these are no keys of an object. */
const ByCode = z.array(z.tuple([z.string(), z.number()]))
type ByCode = z.infer<typeof ByCode>
export const RecentSchema = z.strictObject({
  /** The most clients the broker had lately; 0 where it does not tell. */
  most: z.number(),
  /** The last minutes (from the epoch) that had refused attempts, with these by code; the newest stands last. */
  lately: z.array(z.strictObject({ at: z.number(), refused: z.number(), byCode: ByCode })),
  /** What was learned in the running hour (from the epoch). */
  hour: z.number(),
  minutes: z.number(),
  clientMinutes: z.number(),
  refused: z.number(),
  learned: ByCode,
  excess: z.number(),
  square: z.number(),
})
export const UsualSchema = z.strictObject({
  minutes: z.number(),
  /** Refused attempts for each client and minute; and the same by code. */
  rate: z.number(),
  rates: ByCode,
  /** Of a minute's count: variance beyond Poisson, and expectation squared; their ratio is the relative variance. */
  excess: z.number(),
  square: z.number(),
})
export type Refusals = Memory<z.infer<typeof RecentSchema>, z.infer<typeof UsualSchema>>

/** Assumed for each client and minute in the beginning; it fades as minutes are learned. */
const coldRate = 0.002
const coldShareOfCode = 0.2
const coldVariance = 1
const coldMinutes = 30
/** However long nothing was refused, so many a minute are to be expected in all, and of one code. */
const leastPerMinute = 0.1
const leastOfCode = 0.02
/** Refusals come in bursts: they scatter at least so much. */
const leastVariance = 0.05
const mostVariance = 50
/** Where a broker does not tell its clients. */
const assumedClients = 100
/** What was learned weighs at most so many minutes: half of it is forgotten in about a day. */
const heaviestMinutes = 2077
/** Codes remembered; what else there is counts as one. */
const mostCodes = 12
const otherCode = 'other'
const untoldCode = 'unknown'

/** Of a broker of which nothing is known. */
export function freshRefusals(): Refusals {
  return {
    recent: { most: 0, lately: [], hour: 0, ...unlearned() },
    usual: { minutes: 0, rate: 0, rates: [], excess: 0, square: 0 },
  }
}

const unlearned = () => ({ minutes: 0, clientMinutes: 0, refused: 0, learned: [], excess: 0, square: 0 })

function valueOf(values: ByCode, code: string): number {
  return values.find(([each]) => each === code)?.[1] ?? 0
}

/** Adds to the value of a code; where there are enough codes, to that of `other`. */
function add(values: ByCode, code: string, count: number): void {
  const known = values.find(([each]) => each === code)
  if (known !== undefined) known[1] += count
  else if (values.length < mostCodes || code === otherCode) values.push([code, count])
  else add(values, otherCode, count)
}

const clientsOf = (recent: Refusals['recent']) => (recent.most === 0 ? assumedClients : recent.most)

/** Refused attempts of a minute by code; what no code was told of is `unknown`. */
function codesOf({ refused, refusedByCode }: Minute): ByCode {
  const codes: ByCode = []
  let rest = refused
  for (const [code, count] of Object.entries(refusedByCode ?? {})) {
    if (count > 0) add(codes, code, count)
    rest -= count
  }
  if (rest > 0) add(codes, untoldCode, rest)
  return codes
}

/** Puts the minute to the others of the window, and forgets those before it. */
export function remember({ recent }: Refusals, minute: Minute, window: { at: number; minutes: number }): void {
  const { lately } = recent
  while (lately[0] !== undefined && lately[0].at <= window.at - window.minutes) lately.shift()
  if (minute.refused > 0) lately.push({ at: window.at, refused: minute.refused, byCode: codesOf(minute) })
}

/** Refused attempts of the window. */
export function refusedLately({ recent }: Refusals): number {
  let sum = 0
  for (const { refused } of recent.lately) sum += refused
  return sum
}

/** The same by code; since a minute, or in all of the window. */
export function codesLately({ recent }: Refusals, since = 0): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { at, byCode } of recent.lately) {
    if (at < since) continue
    for (const [code, count] of byCode) sums.set(code, (sums.get(code) ?? 0) + count)
  }
  return sums
}

/** The codes with the largest values. */
function chosen(values: ReadonlyMap<string, number>, form: (value: number) => number): ByCode {
  const largest = [...values].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, mostCodes)
  return largest.map(([code, value]) => [code, form(value)])
}

/** Puts what the last hour taught to the rest. */
export function beginHour({ recent, usual }: Refusals, hour: number): void {
  if (recent.minutes > 0) {
    const rates = new Map<string, number>()
    for (const code of new Set([...usual.rates, ...recent.learned].map(([each]) => each))) {
      const lately = valueOf(recent.learned, code) / recent.clientMinutes
      const rate = pooled(valueOf(usual.rates, code), usual.minutes, lately, recent.minutes)
      if (rate > 1e-7) rates.set(code, rate)
    }
    const mean = (before: number, sum: number) =>
      significant(pooled(before, usual.minutes, sum / recent.minutes, recent.minutes), 4)
    usual.rate = mean(usual.rate, (recent.refused / recent.clientMinutes) * recent.minutes)
    usual.rates = chosen(rates, (rate) => significant(rate, 4))
    usual.excess = mean(usual.excess, recent.excess)
    usual.square = mean(usual.square, recent.square)
    usual.minutes = Math.min(heaviestMinutes, usual.minutes + recent.minutes)
  }
  Object.assign(recent, { hour, ...unlearned() })
}

/** Refused attempts to be expected in one minute; without a code: in all. */
export function expectedOf({ recent, usual }: Refusals, code?: string): number {
  const rate = code === undefined ? usual.rate : valueOf(usual.rates, code)
  const count = code === undefined ? recent.refused : valueOf(recent.learned, code)
  const lately = recent.clientMinutes > 0 ? count / recent.clientMinutes : 0
  const learned = pooled(rate, usual.minutes, lately, recent.minutes)
  const cold = (coldRate * coldMinutes) / (coldMinutes + usual.minutes + recent.minutes)
  if (code === undefined) return Math.max(leastPerMinute, Math.max(learned, cold) * clientsOf(recent))
  return Math.max(leastOfCode, Math.max(learned, cold * coldShareOfCode) * clientsOf(recent))
}

/** Relative variance of a count beyond Poisson. */
export function varianceOf({ recent, usual }: Refusals): number {
  const excess = usual.excess * usual.minutes + recent.excess
  const square = usual.square * usual.minutes + recent.square
  const learned = square > 0 ? Math.min(mostVariance, excess / square) : 0
  const cold = (coldVariance * coldMinutes) / (coldMinutes + usual.minutes + recent.minutes)
  return Math.max(leastVariance, cold, learned)
}

/** Learns from the newest minute. */
export function learn(refusals: Refusals, refused: number): void {
  const { recent } = refusals
  const expected = expectedOf(refusals)
  recent.excess = short(recent.excess + (refused - expected) ** 2 - expected)
  recent.square = short(recent.square + expected ** 2)
  recent.minutes += 1
  recent.clientMinutes += clientsOf(recent)
  if (refused === 0) return
  recent.refused += refused
  for (const [code, count] of recent.lately.at(-1)?.byCode ?? []) add(recent.learned, code, count)
}

const short = (value: number) => Math.round(value * 1e4) / 1e4

/** What came in the last minutes is usual from now on, as if learned so long. */
export function adoptWindow(refusals: Refusals, windowMinutes: number, learnedMinutes: number): void {
  const { recent, usual } = refusals
  const clientMinutes = windowMinutes * clientsOf(recent)
  usual.rate = significant(refusedLately(refusals) / clientMinutes, 4)
  usual.rates = chosen(codesLately(refusals), (count) => significant(count / clientMinutes, 4))
  usual.minutes = learnedMinutes
  Object.assign(recent, { lately: [], ...unlearned() })
}
