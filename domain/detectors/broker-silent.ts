/** A broker died without a word: it is watched and ought to tell of clients, but nothing comes. */
import * as z from 'zod/mini'
import type { Finding } from '../alert.ts'
import { type BrokerMinute, brokerDetector, endsOf, type Memory, rounded } from '../broker-detector.ts'
import { pooled, significant } from '../statistics.ts'

const RecentSchema = z.strictObject({
  /** Minutes in a row in which nothing came, and how many events should have come. */
  silent: z.number(),
  expected: z.number(),
  /** Of these minutes, how many there were when it was told; 0: it was not. */
  told: z.number(),
  /** Events a minute, of about the last quarter of an hour with events. */
  pace: z.number(),
  /** Minutes in a row in which it told figures of itself, up to `regularFigures`; and since when it tells none. */
  figures: z.number(),
  withoutFigures: z.number(),
  /** Clients it had before the silence as it last told; absent where it does not tell. */
  clients: z.optional(z.number()),
  /** Clients that went, with a word, just before. */
  gone: z.number(),
  /** Minutes in a row in which nothing came and it told to have no clients. */
  empty: z.number(),
  /** The longest silence of late that was none of death, in minutes. */
  longest: z.number(),
  /** What was learned in the running hour (from the epoch). */
  hour: z.number(),
  minutes: z.number(),
  events: z.number(),
  quiet: z.number(),
  clientMinutes: z.number(),
})
const UsualSchema = z.strictObject({
  minutes: z.number(),
  /** Events a minute, share of the minutes without any, clients. */
  rate: z.number(),
  quiet: z.number(),
  clients: z.number(),
  /** Lowest events a minute of late, by hour of the day in UTC; −1 where it is not known. */
  hours: z.array(z.number()).check(z.length(24)),
})
type Silence = Memory<z.infer<typeof RecentSchema>, z.infer<typeof UsualSchema>>

/** Minutes to learn from before it is judged by what is usual, and until that is trusted in full. */
const coldMinutes = 60
const dayMinutes = 1440
const coldShare = 0.75
/** What was learned weighs at most so many minutes: half of it is forgotten in about a day. */
const heaviestMinutes = 2077
const paceHalfLifeMinutes = 10
const paceGain = 1 - 0.5 ** (1 / paceHalfLifeMinutes)
/** A low rate of an hour of the day is taken at once, and forgotten by so much a day. */
const hourGain = 0.15
/** Minutes of an hour that tell its rate. */
const leastOfHour = 30
/** A silence must be so many times the longest of late, of which half is forgotten in a week. */
const longestRatio = 1.5
const longestDecay = 0.5 ** (1 / 168)
/** Unless its figures stopped as well, so many times `minimumExpected` must be missing. */
const doubtRatio = 1.5
/** A burst teaches at most so many times the usual events. */
const taughtRatio = 5
/** It told its figures without a break for so many minutes: when they stop, it is dead. */
const regularFigures = 10
/** Silent minutes after which clients that are told to be none, though nobody told of their going, are a sign. */
const vanishedMinutes = 2
const leastVanished = 10
const goneDecay = 0.8

/**
 * Silence counts by what should have come: the lowest of the rates of the last minutes, of the last day, of this hour
 * on other days, and of what the share of minutes without events allows. Faster: its clients are gone, or its figures
 * stop, and no end of a connection was told.
 */
export const brokerSilent = brokerDetector({
  kind: 'broker_silent',
  RecentSchema,
  UsualSchema,
  fresh,
  clearMinutes: (detection) => detection.brokerSilent.clearMinutes,
  judge: (silence, input) => {
    const { recent } = silence
    const { minute, isWhole } = input
    const ends = endsOf(minute)
    const events = minute.connects + minute.refused + ends
    if (events > 0) {
      if (recent.silent > 0) endSilence(silence)
      takeFigures(recent, minute)
      if (minute.connected !== undefined) recent.clients = minute.connected
      recent.gone = Math.max(0, Math.floor(recent.gone * goneDecay) + ends - minute.connects)
      if (isWhole) learn(silence, input.at, events)
      return undefined
    }
    if (!isWhole) {
      // What was not seen may have held events.
      forgetClients(recent)
      return 'unseen'
    }
    takeFigures(recent, minute)
    // That it has none any more is what is to be explained.
    if (minute.connected !== undefined && minute.connected > 0) recent.clients = minute.connected
    else recent.clients ??= minute.connected
    recent.empty = minute.connected === 0 ? recent.empty + 1 : 0
    recent.silent += 1
    recent.expected = significant(recent.expected + expectedOf(silence, input.at), 6)
    const found = findingOf(silence, input)
    if (found !== undefined && recent.told === 0) recent.told = recent.silent
    // In a gap the evidence was lost: while nothing comes, that is no recovery.
    return found === undefined && recent.told > 0 && recent.withoutFigures > 0 ? 'unseen' : found
  },
  pass: ({ recent }, _minutes, why) => {
    forgetClients(recent)
    if (why === 'maintenance') Object.assign(recent, { silent: 0, expected: 0, told: 0 })
  },
})

function fresh(): Silence {
  const run = { silent: 0, expected: 0, told: 0, longest: 0, pace: 0 }
  const signs = { figures: 0, withoutFigures: 0, gone: 0, empty: 0 }
  const learned = { hour: 0, minutes: 0, events: 0, quiet: 0, clientMinutes: 0 }
  const hours = Array.from({ length: 24 }, () => -1)
  return { recent: { ...run, ...signs, ...learned }, usual: { minutes: 0, rate: 0, quiet: 0, clients: 0, hours } }
}

/** Whoever goes in a gap goes unseen: that nobody told of it is no sign then. */
function forgetClients(recent: Silence['recent']): void {
  delete recent.clients
  Object.assign(recent, { gone: 0, empty: 0, figures: 0, withoutFigures: 0 })
}

function takeFigures(recent: Silence['recent'], { connected, gauges }: BrokerMinute['minute']): void {
  const isTold = connected !== undefined || Object.keys(gauges).length > 0
  if (!isTold) {
    recent.withoutFigures += 1
    return
  }
  recent.figures = recent.withoutFigures > 1 ? 1 : Math.min(regularFigures, recent.figures + 1)
  recent.withoutFigures = 0
}

/** Events to be expected in this minute of silence. */
function expectedOf({ recent, usual }: Silence, at: number): number {
  const minutes = usual.minutes + recent.minutes
  if (minutes < coldMinutes) return 0
  const lately = (sum: number) => (recent.minutes > 0 ? sum / recent.minutes : 0)
  const quiet = pooled(usual.quiet, usual.minutes, lately(recent.quiet), recent.minutes)
  let rate = Math.min(recent.pace, pooled(usual.rate, usual.minutes, lately(recent.events), recent.minutes))
  // Silence of one minute in n is what n minutes without any would still allow.
  rate = Math.min(rate, -Math.log((quiet * minutes + 1) / (minutes + 1)))
  const hour = Math.floor(at / 60)
  for (const near of [hour + 23, hour, hour + 1]) {
    const known = usual.hours[near % 24] ?? -1
    if (known >= 0) rate = Math.min(rate, known)
  }
  // With fewer clients fewer events: of a broker that was emptied nothing is expected.
  const clients = pooled(usual.clients, usual.minutes, lately(recent.clientMinutes), recent.minutes)
  const left = recent.clients === undefined ? clients : Math.max(0, recent.clients - recent.gone)
  const share = clients > 0 ? Math.min(1, left / clients) : 1
  return rate * share * (minutes < dayMinutes ? coldShare : 1)
}

function learn({ recent, usual }: Silence, at: number, events: number): void {
  const hour = Math.floor(at / 60)
  if (hour !== recent.hour) {
    if (recent.minutes > 0) learnHour({ recent, usual })
    Object.assign(recent, { hour, minutes: 0, events: 0, quiet: 0, clientMinutes: 0 })
  }
  const most = Math.ceil(taughtRatio * usual.rate) + 10
  const taught = usual.minutes < coldMinutes ? events : Math.min(events, most)
  recent.events += taught
  recent.minutes += 1
  recent.clientMinutes += recent.clients ?? usual.clients
  const gain = Math.max(paceGain, 1 / (usual.minutes + recent.minutes))
  recent.pace = short(recent.pace + gain * (taught - recent.pace))
}

const short = (value: number) => Math.round(value * 1e3) / 1e3

function learnHour({ recent, usual }: Silence): void {
  const { minutes } = recent
  const mean = (before: number, sum: number) => significant(pooled(before, usual.minutes, sum / minutes, minutes), 4)
  const place = recent.hour % 24
  const known = usual.hours[place] ?? -1
  const rate = recent.events / minutes
  if (minutes >= leastOfHour) {
    usual.hours[place] = significant(known < 0 || rate < known ? rate : known + hourGain * (rate - known), 3)
  }
  usual.rate = mean(usual.rate, recent.events)
  usual.quiet = mean(usual.quiet, recent.quiet)
  usual.clients = mean(usual.clients, recent.clientMinutes)
  recent.longest = significant(recent.longest * longestDecay, 4)
  usual.minutes = Math.min(heaviestMinutes, usual.minutes + minutes)
}

/** Something came again. A silence that was not told was a usual one; one that was counts as far as it was not. */
function endSilence({ recent, usual }: Silence): void {
  const { silent, told } = recent
  Object.assign(recent, { silent: 0, expected: 0, told: 0, empty: 0 })
  const longest = told > 0 ? told : silent
  recent.longest = Math.max(recent.longest, longest)
  if (told > 0) return
  recent.minutes += silent
  recent.quiet += silent
  recent.clientMinutes += Math.round(silent * (recent.clients ?? usual.clients))
  recent.pace = short(recent.pace * 0.5 ** (silent / paceHalfLifeMinutes))
}

function findingOf({ recent, usual }: Silence, input: BrokerMinute): Finding | undefined {
  const { minute, detection } = input
  const { openMinutes, minimumExpected } = detection.brokerSilent
  const { silent, clients = 0, gone } = recent
  const since = `Nothing has come from ${minute.broker} for ${silent} min, though it is watched; `
  const isLong = silent >= openMinutes && silent > longestRatio * recent.longest
  const isTelling = recent.figures > 0 && recent.withoutFigures === 0
  const doubt = recent.figures > 0 && recent.withoutFigures > 0 ? 1 : doubtRatio
  if (isLong && recent.expected >= doubt * minimumExpected) {
    const expected = rounded(recent.expected)
    const but = isTelling ? ' It still tells figures of itself: perhaps only its events do not get here.' : ''
    const severity = isTelling ? 'warning' : 'critical'
    return finding({ severity, silent, expected, text: `${since}about ${expected} events were to be expected.${but}` })
  }
  const lost = clients - gone
  if (lost * 2 < clients || usual.minutes + recent.minutes === 0) return undefined
  const areGone = recent.empty >= vanishedMinutes && lost >= leastVanished
  const isMute =
    recent.figures === regularFigures && Math.min(recent.withoutFigures, silent) >= openMinutes && lost >= 1
  if (!areGone && !isMute) return undefined
  const what = areGone
    ? `its ${clients} clients are gone, and it told no end of their connections.`
    : `neither does it tell figures of itself any more. It had ${clients} clients.`
  return finding({ severity: 'critical', silent, expected: clients, text: since + what })
}

function finding(
  told: Pick<Finding, 'severity' | 'expected'> & { readonly silent: number; readonly text: string },
): Finding {
  const { severity, expected, silent, text } = told
  const score = rounded(expected / Math.sqrt(expected + 1))
  const figures = { observed: 0, expected, upper: 0, windowMinutes: silent, score }
  return { severity, ...figures, summary: text, topCauses: [], topClients: [] }
}
