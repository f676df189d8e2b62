/** Clients of a broker, or of the whole cluster, drop more often than is usual there at this time of the week. */
import type { Judgement } from '../alert.ts'
import type { Detector, DetectorInput, DetectorOutput } from '../detector.ts'
import {
  adopt,
  type BrokerTrack,
  calm,
  correctTrack,
  judgeTrack,
  newBrokerTrack,
  type Subject,
  takeMinute,
  type TrackMinute,
} from '../rate/broker-track.ts'
import { forgetCounts } from '../rate/cause-windows.ts'
import { bandsOf, type Judged } from '../rate/bands.ts'
import { type Evidence, expectation } from '../rate/evidence.ts'
import { findingOf, wholeFindingOf } from '../rate/finding.ts'
import { brokerOf, forgetBrokers, type Memory, openMemory, saveMemory } from '../rate/memory.ts'
import { allParts, type Parts } from '../rate/parts.ts'
import { openRhythm, type Rhythm } from '../rate/rhythm.ts'
import {
  clusterVariance,
  compareWithOthers,
  expectedByLevel,
  firstByOthers,
  slowest,
  type Track,
} from '../rate/track.ts'
import { calmedAt, firstLong, observedAt, windowMinutes } from '../rate/windows.ts'
import { log10UpperTail } from '../statistics.ts'
import { minuteMs } from '../time.ts'

/** Less of a minute than this was seen: it is held against nothing. */
const leastCoverage = 0.5
/** Disconnects a minute assumed of a broker that does not tell how many clients it has. */
const assumedPerBroker = 0.5
/** The shortest window in which brokers are compared: one that was seen for less excuses no other. */
const comparedMinutes = windowMinutes[firstByOthers] ?? 0
/** So long every few minutes tell much of how widely counts scatter; thereafter it is worked out each hour. */
const youngMinutes = 240
/** Brokers with a part in a surplus of the whole cluster, at least. */
const leastSharing = 0.5
/** log10 of a probability that is no wonder, beside an alert that stands. */
const noWonder = -6

/**
 * Expected = clients × season of the fleet's local week × the broker's own level; the count is negative binomial, with
 * the scatter learned per broker and window. Windows from one minute to two hours, all causes together and each alone;
 * and the brokers that do not stand out by themselves as one.
 */
export const disconnectRate: Detector = disconnectRateOf(allParts)

/** The detector with some of its parts; benchmarks leave some out. */
export function disconnectRateOf(parts: Parts): Detector {
  return {
    kind: 'disconnect_rate',
    open: (saved) => {
      const memory = openMemory(saved)
      let rhythm: Rhythm | undefined
      return {
        judge: (input) => {
          rhythm ??= openRhythm(input.context.timezone, memory.rhythm)
          return judgeCluster(memory, rhythm, input, parts)
        },
        amend: ({ minute }) => {
          const known = memory.brokers.get(minute.broker)
          const at = Math.round(Date.parse(minute.minute) / minuteMs)
          if (known !== undefined)
            correctTrack(known, at, { observed: minute.abnormal, disconnects: minute.disconnects })
        },
        save: () => saveMemory(memory, rhythm),
      }
    },
  }
}

function judgeCluster(
  memory: Memory,
  rhythm: Rhythm,
  { minute, context }: DetectorInput,
  parts: Parts,
): DetectorOutput {
  const at = Math.round(minute.startMs / minuteMs)
  const now = rhythm.at(at)
  if (at % 60 === 0) forgetBrokers(memory, at)
  const tracks = [...memory.brokers.values()].map(({ track }) => track)
  const isYoung = tracks.every(({ experience }) => experience < youngMinutes)
  if (at % (isYoung ? 5 : 60) === 0) memory.variance = clusterVariance(tracks)
  const isWhole = parts.whole && minute.brokers.length > 1
  const judgements: Judgement[] = []
  const judged: Judged[] = []
  const learned = { observed: 0, clients: 0 }
  const rest = { observed: 0, expected: 0 }
  const taken = minute.brokers.map((each) => {
    const broker = brokerOf(memory, each.broker)
    const detection = context.detectionOf(each.broker)
    const settings = detection.disconnectRate
    const tellsClients = each.connected !== undefined || broker.connected > 0
    const assumed = tellsClients ? settings.coldRatePerClientMinute : assumedPerBroker
    const clients = tellsClients ? Math.max(broker.connected, each.connected ?? 0) : 1
    const track: TrackMinute = {
      at,
      isSeen: each.coverage >= leastCoverage && !context.inMaintenance(minute.startMs, each.broker),
      coverage: each.coverage,
      observed: each.abnormal,
      disconnects: each.disconnects,
      clients,
      isJudged: !tellsClients || clients >= settings.minimumClients,
      limit: detection.limits.disconnectsPerMinute,
      now,
      knows: rhythm.knows,
      isPart: isWhole && memory.whole.firing && ((evidence) => isPartOf(memory.whole, evidence)),
    }
    takeMinute(broker, track, parts)
    const otherwise = parts.holidays ? now.otherwise : 1
    const subject = { track: broker.track, cluster: memory.variance, assumed, otherwise, settings, clients, parts }
    return { each, broker, subject, track }
  })
  compareWithOthers(
    taken.map(({ broker, subject, track }) => {
      const isUsual = track.isSeen && broker.firing === undefined && broker.track.experience >= comparedMinutes
      return { track: broker.track, isUsual, assumed: subject.assumed }
    }),
    at,
  )
  const usualLevel = meanLevel(taken)
  for (const { each, broker, subject, track } of taken) {
    const { settings } = subject
    const { clients, isSeen } = track
    const result = judgeTrack(broker, subject, track)
    const { evidence } = result
    const scope = { kind: 'disconnect_rate', broker: each.broker, clearMinutes: settings.clearMinutes } as const
    judgements.push(
      evidence === undefined
        ? { ...scope, verdict: result.verdict }
        : { ...scope, verdict: 'firing', finding: findingOf({ evidence, minute: each, broker, clients, settings }) },
    )
    const isFiring = broker.firing !== undefined
    judged.push({ minute: each, broker, subject, isFiring })
    if (each.coverage > 0 && each.connected !== undefined) broker.connected = each.connected
    if (!isSeen || isFiring) continue
    const level = slowLevel(broker.track)
    rest.observed += observedAt(broker.track.windows, at)
    rest.expected += clients * each.coverage * now.factor * broker.due.ratio * level
    if (!result.learned) continue
    learned.observed += calmedAt(broker.track.windows, at)
    // One that loses more clients than the others counts for more, so that the season is the same with and without it.
    learned.clients += clients * each.coverage * (usualLevel > 0 && level > 0 ? level / usualLevel : 1)
  }
  if (learned.clients > 0) rhythm.learn(at, learned.observed, learned.clients)
  if (!isWhole) return { judgements, bands: () => bandsOf(judged) }
  const whole = judgeWhole(memory, judged, { ...rest, otherwise: now.otherwise }, { minute, context }, parts)
  return { judgements: [...judgements, whole.judgement], bands: () => bandsOf(judged, whole.subject) }
}

function slowLevel({ counted, exposed }: Track): number {
  return (counted[slowest] ?? 0) / Math.max(1e-9, exposed[slowest] ?? 0)
}

/** Level of all brokers together, by their clients, whether they were seen in this minute or not. */
function meanLevel(taken: readonly { readonly broker: BrokerTrack; readonly track: TrackMinute }[]): number {
  let counts = 0
  let clients = 0
  for (const { broker, track } of taken) {
    counts += track.clients * slowLevel(broker.track)
    clients += track.clients
  }
  return clients > 0 ? counts / clients : 0
}

/** The cluster is told already, and what this broker has is no wonder with as much more as the cluster has. */
function isPartOf({ track }: BrokerTrack, { window, observed, expected, variance, isLimit }: Evidence): boolean {
  if (isLimit === true) return false
  // Long windows have time: they hold what the cluster was told of, some of it from before.
  if (window >= firstLong) return true
  const seen = track.windows.observedSums[window] ?? 0
  const usual = expectedByLevel(track, window, slowest, 1)
  return log10UpperTail(observed, expected * Math.max(1, seen / Math.max(1, usual)), variance) > noWonder
}

/** The brokers that do not stand out by themselves, as one. */
function judgeWhole(
  memory: Memory,
  judged: readonly Judged[],
  { otherwise, ...rest }: { observed: number; expected: number; otherwise: number },
  { minute, context }: DetectorInput,
  parts: Parts,
): { readonly judgement: Judgement; readonly subject: Subject } {
  const settings = context.detection.disconnectRate
  const scope = { kind: 'disconnect_rate', clearMinutes: settings.clearMinutes } as const
  const whole = memory.whole
  const before = whole.firing
  const parted = judged.filter(({ isFiring }) => !isFiring)
  const subject: Subject = {
    track: whole.track,
    cluster: memory.variance,
    assumed: 1,
    otherwise,
    settings,
    parts,
    clients: 0,
    whole: judged.length,
  }
  const track: TrackMinute = {
    at: Math.round(minute.startMs / minuteMs),
    isSeen: rest.expected > 0,
    coverage: 1,
    observed: rest.observed,
    disconnects: {},
    clients: rest.expected,
    isJudged: true,
    limit: undefined,
    now: undefined,
    knows: () => false,
    isShared: (window, ratio) => {
      const sharing = parted.filter(({ broker, subject: each }) => {
        const { windows } = broker.track
        const usual = expectation(each, window).expected
        return (windows.observedSums[window] ?? 0) > usual * (1 + (ratio - 1) / 2)
      })
      return sharing.length >= Math.max(2, leastSharing * judged.length)
    },
  }
  takeMinute(whole, track, parts)
  const result = judgeTrack(whole, subject, track)
  if (result.verdict === 'adopted') {
    for (const { broker, subject: each } of parted) adopt(broker, each, before?.since ?? track.at)
    memory.whole = newBrokerTrack()
  }
  // Over: what they had part in, has been told.
  if (before !== undefined && whole.firing === undefined) for (const { broker } of parted) forgetCounts(broker.causes)
  if (result.evidence === undefined) return { judgement: { ...scope, verdict: result.verdict }, subject }
  const told = (windowMinutes[result.evidence.window] ?? 1) - 1
  if (before === undefined) for (const { broker, subject: each } of parted) calm(broker, each, told)
  const minutes = judged.map((each) => each.minute)
  const tracks = judged.map(({ broker }) => broker)
  const finding = wholeFindingOf(result.evidence, minutes, tracks)
  return { judgement: { ...scope, verdict: 'firing', finding }, subject }
}
