/** One track through its minutes: held against what is usual, told when it stands out, learned from when it does not. */
import type { Cause } from '../cause.ts'
import { type Burst, dueRatio, noteBurst } from './bursts.ts'
import { addCauses, type CauseWindows, correctCauses, emptyCauses, forgetCounts, learnCauses } from './cause-windows.ts'
import { causeEvidenceOf, type Evidence, evidenceOf, expectation, noteScores, type Subject } from './evidence.ts'
import type { Parts } from './parts.ts'
import { forgetPending, turnPeaks } from './peaks.ts'
import type { RhythmNow } from './rhythm.ts'
import { adoptLastHours, expectLeast, learnMinute, newTrack, rememberLevels, type Track } from './track.ts'
import {
  addMinute,
  calmedAt,
  correctObserved,
  exposureAt,
  exposureUnit,
  firstLong,
  observedAt,
  windowMinutes,
} from './windows.ts'

export type { Subject } from './evidence.ts'

/** What was learned of one broker, or of the rest of a cluster, and whether it stands out now. */
export interface BrokerTrack {
  readonly track: Track
  readonly causes: CauseWindows
  /** Clients connected at the end of the last minute seen: what could drop in the next. */
  connected: number
  /** Bursts of the last weeks, and how many times the usual rate is due in the slot that runs. */
  bursts: readonly Burst[]
  due: { readonly slot: number; readonly ratio: number }
  /** Since which minute (from the epoch) it stands out, by which window first, and for how long it has been calm. */
  firing: { since: number; window: number; calmMinutes: number } | undefined
  /** Until this minute all was told, and is over: what comes late for it is no news. */
  told: number
}

export function newBrokerTrack(): BrokerTrack {
  return {
    track: newTrack(),
    causes: emptyCauses(),
    connected: 0,
    bursts: [],
    due: { slot: -1, ratio: 1 },
    firing: undefined,
    told: -1,
  }
}

/** A minute as a track takes it. */
export interface TrackMinute {
  /** Minute from the epoch. */
  readonly at: number
  readonly isSeen: boolean
  readonly coverage: number
  readonly observed: number
  readonly disconnects: Readonly<Partial<Record<Cause, number>>>
  readonly clients: number
  /** There are enough clients to be told of. */
  readonly isJudged: boolean
  readonly limit: number | undefined
  /** What is known of this time of the week; absent: nothing. */
  readonly now: RhythmNow | undefined
  readonly knows: (day: number) => boolean
  /** Has enough of the cluster a part in it? Only asked of a cluster as a whole. */
  readonly isShared?: (window: number, ratio: number) => boolean
  /** While an alert of the cluster as a whole stands: is this no more than a part of that? */
  readonly isPart?: ((evidence: Evidence) => boolean) | false | undefined
}

export interface TrackJudgement {
  readonly verdict: 'calm' | 'unseen' | 'adopted'
  /** Present when it stands out, whatever the verdict. */
  readonly evidence?: Evidence
  readonly learned: boolean
}

const cappedDeviations = 3
const slotMinutes = 5
const slotWindow = windowMinutes.indexOf(slotMinutes)
/** Nothing is learned of a minute of which less was seen. */
const learnedCoverage = 0.9
/** Share of the evidence that keeps an alert standing. */
const holdingShare = 0.5

/** Takes the next minute in. */
export function takeMinute(each: BrokerTrack, minute: TrackMinute, parts: Parts): void {
  const { at, isSeen, observed, coverage, clients, now } = minute
  if (parts.bursts && now !== undefined && now.slot !== each.due.slot) {
    each.due = { slot: now.slot, ratio: dueRatio(each.bursts, now.day, now.slot, minute.knows) }
  }
  const factor = (parts.season ? (now?.factor ?? 1) : 1) * each.due.ratio
  const exposure = isSeen ? Math.round(clients * coverage * factor * exposureUnit) : 0
  const counted = isSeen ? observed : 0
  addMinute(each.track.windows, at, { observed: counted, calmed: counted, exposure, isSpiky: each.due.ratio > 1 })
  addCauses(each.causes, at, isSeen ? minute.disconnects : {})
}

/** It is looked for in the last five minutes; what took a longer window to be seen, in that one, but no longer than 30. */
const holdingWindow = (window: number) => Math.min(firstLong, Math.max(slotWindow, window))

/** Judges the minute that was taken in, and learns from it unless it stands out. */
export function judgeTrack(each: BrokerTrack, subject: Subject, minute: TrackMinute): TrackJudgement {
  const { track, causes } = each
  const { at, isSeen, now } = minute
  if (isSeen) {
    expectLeast(track, subject.assumed, subject.parts)
    capMinute(each, subject)
  }
  const judgement = isSeen ? judgeSeen(each, subject, minute) : ({ verdict: 'unseen', learned: false } as const)
  // What is due in a slot is the upper end of what came: it says little of the level.
  if (judgement.learned && each.due.ratio === 1) {
    noteScores(subject)
    learnMinute(track, subject.assumed)
    learnCauses(causes)
  }
  turnPeaks(track.peaks, at)
  rememberLevels(track, subject.assumed)
  if (now !== undefined && at % slotMinutes === slotMinutes - 1) {
    const { expected } = expectation(subject, slotWindow)
    const seen = { observed: track.windows.observedSums[slotWindow] ?? 0, expected: expected / each.due.ratio }
    if (expected > 0) each.bursts = noteBurst(each.bursts, { day: now.day, slot: now.slot, ...seen })
  }
  return judgement
}

function judgeSeen(each: BrokerTrack, subject: Subject, minute: TrackMinute): TrackJudgement {
  const { at } = minute
  const evidence = minute.isJudged ? strongest(each, subject, minute) : undefined
  if (minute.isPart && each.firing === undefined && (evidence === undefined || minute.isPart(evidence))) {
    // It is told: neither calm of this broker, nor usual, nor news for its long windows.
    calm(each, subject, 0)
    return { verdict: 'unseen', learned: false }
  }
  if (evidence !== undefined) {
    forgetPending(each.track.peaks)
    each.firing ??= { since: at, window: evidence.window, calmMinutes: 0 }
    each.firing.calmMinutes = 0
    if (evidence.window < firstLong) calm(each, subject, (windowMinutes[evidence.window] ?? 1) - 1)
    // A limit that was set is none the less a limit because it has long been passed.
    if (evidence.isLimit === true) each.firing.since = at
    if (at - each.firing.since >= subject.settings.newNormalHours * 60) return adopt(each, subject, each.firing.since)
    return { verdict: 'unseen', evidence, learned: false }
  }
  const { firing } = each
  if (firing === undefined) return { verdict: 'calm', learned: minute.coverage >= learnedCoverage }
  if (firing.window < firstLong) calm(each, subject, 0)
  if (at - firing.since >= subject.settings.newNormalHours * 60) return adopt(each, subject, firing.since)
  if (evidenceOf(subject, holdingShare, holdingWindow(firing.window)) !== undefined) {
    firing.calmMinutes = 0
    return { verdict: 'unseen', learned: false }
  }
  firing.calmMinutes += 1
  if (firing.calmMinutes >= subject.settings.clearMinutes) {
    // With what led to it: no window must tell it again.
    const told = at - firing.since + (windowMinutes[firing.window] ?? 0)
    const oldestAge = Math.min(told, (windowMinutes.at(-1) ?? 1) - 1)
    calm(each, subject, oldestAge)
    const { windows } = each.track
    for (let age = 0; age <= oldestAge; age += 1) {
      const usual = calmedAt(windows, windows.newest - age)
      correctObserved(windows, windows.newest - age, usual, usual)
    }
    forgetCounts(each.causes)
    each.told = at
    each.firing = undefined
  }
  return { verdict: 'calm', learned: false }
}

function strongest(each: BrokerTrack, subject: Subject, minute: TrackMinute): Evidence | undefined {
  if (minute.limit !== undefined && minute.observed > minute.limit) {
    return { window: 0, observed: minute.observed, expected: minute.limit, variance: 0, log10Tail: 0, isLimit: true }
  }
  const found = evidenceOf(subject) ?? (subject.parts.causes ? causeEvidenceOf(subject, each.causes) : undefined)
  if (found === undefined || minute.isShared === undefined) return found
  return minute.isShared(found.window, found.observed / found.expected) ? found : undefined
}

/** A single minute counts no more in the long windows than the upper end of what is usual. */
function capMinute({ track: { windows, least }, due }: BrokerTrack, subject: Subject): void {
  const observed = observedAt(windows, windows.newest)
  const fewest = least[0] ?? 0
  if (observed <= fewest + (due.ratio > 1 ? 0 : cappedDeviations * Math.sqrt(fewest))) return
  const { expected, variance } = expectation(subject, 0)
  const deviations = due.ratio > 1 ? 0 : cappedDeviations
  const most = Math.ceil(expected + deviations * Math.sqrt(expected + variance * expected * expected) + 1)
  if (observed > most) correctObserved(windows, windows.newest, observed, most)
}

/** It lasted so long that it is what is usual now. */
export function adopt(each: BrokerTrack, subject: Subject, since: number): TrackJudgement {
  adoptLastHours(each.track, subject.assumed, since)
  each.firing = undefined
  for (let age = 0; age < (windowMinutes.at(-1) ?? 0); age += 1) {
    const minute = each.track.windows.newest - age
    const observed = observedAt(each.track.windows, minute)
    correctObserved(each.track.windows, minute, observed, observed)
  }
  rememberLevels(each.track, subject.assumed)
  return { verdict: 'adopted', learned: false }
}

/** Sets the newest minutes back to what was expected of them, for the long windows: they have been told. */
export function calm(each: BrokerTrack, subject: Subject, oldestAge: number): void {
  const { windows } = each.track
  const window = windowMinutes.findIndex((minutes) => minutes > oldestAge)
  const { expected } = expectation(subject, Math.max(0, window))
  const exposures = windows.exposureSums[Math.max(0, window)] ?? 0
  if (exposures === 0) return
  for (let age = 0; age <= oldestAge; age += 1) {
    const minute = windows.newest - age
    const usual = Math.round((expected * exposureAt(windows, minute)) / exposures)
    const calmed = Math.min(calmedAt(windows, minute), usual)
    correctObserved(windows, minute, observedAt(windows, minute), calmed)
  }
}

/** Sets right what was counted in a minute of the last two hours. What was told of it stays told. */
export function correctTrack(
  { track: { windows }, causes, told }: BrokerTrack,
  minute: number,
  counts: { readonly observed: number; readonly disconnects: Readonly<Partial<Record<Cause, number>>> },
): void {
  if (minute <= told || exposureAt(windows, minute) === 0) return
  const before = observedAt(windows, minute)
  const calmed = calmedAt(windows, minute)
  correctObserved(windows, minute, counts.observed, calmed === before ? counts.observed : calmed)
  correctCauses(causes, minute, counts.disconnects)
}
