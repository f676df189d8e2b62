/** More clients of a broker dropped than it usually loses in a minute. */
import * as z from 'zod/mini'
import type { Finding, Judgement } from '../alert.ts'
import { type Cause, CauseSchema, causes } from '../cause.ts'
import { type DetectorInput, detector } from '../detector.ts'
import type { Band, Minute } from '../minute.ts'
import type { DisconnectRateSettings } from '../thresholds.ts'

/** What was learned of one broker. */
const Learned = z.strictObject({
  /** Abnormal disconnects per client and minute, exponentially weighted. */
  rate: z.number(),
  /** Squared relative scatter beyond Poisson, exponentially weighted: the overdispersion of a negative binomial. */
  overdispersion: z.number(),
  calmMinutes: z.number(),
  /** Clients connected at the end of the last minute seen: what could drop in the next. */
  connected: z.number(),
})
type Learned = z.infer<typeof Learned>
const fresh: Learned = { rate: 0, overdispersion: 0, calmMinutes: 0, connected: 0 }

/** Less of a minute than this was seen: it says too little. */
const minimumCoverage = 0.5
/** Until enough was learned, a count may scatter as wide as its expectation. */
const coldOverdispersion = 1
/** Standard deviations above the expected number. */
const minimumScore = 6
/** After which what was learned counts half. */
const halfLifeMinutes = 1440
/** A third of the clients at once is critical. */
const criticalShare = 1 / 3

/**
 * Judges each broker by itself: expected = clients × learned rate (blended with an assumed rate until enough calm
 * minutes were seen); score = surplus over the standard deviation of a negative binomial, sqrt(m + a·m² + 1).
 * When at least half of the brokers (and three) fire in one minute, one finding speaks for the cluster.
 */
export const disconnectRate = detector({
  kind: 'disconnect_rate',
  StateSchema: z.record(z.string(), Learned),
  initial: {},
  judge: (state, input) => {
    const settings = input.context.detection.disconnectRate
    const bands = new Map<string, Band>()
    const judged = input.minute.brokers.map((minute) => {
      const known = state[minute.broker] ?? fresh
      const result = judgeBroker(minute, known, settings)
      if (result.band) bands.set(minute.broker, result.band)
      return { minute, ...result }
    })
    const firing = judged.filter((each) => each.finding !== undefined)
    const widespread = firing.length >= 3 && firing.length * 2 >= judged.length
    return {
      state: Object.fromEntries(judged.map((each) => [each.minute.broker, each.learned])),
      judgements: [
        clusterJudgement(firing, widespread, input),
        ...judged.map((each) => brokerJudgement(each, widespread, settings)),
      ],
      bands,
    }
  },
})

interface Judged {
  readonly minute: Minute
  readonly seen: boolean
  readonly finding?: Finding | undefined
}

function brokerJudgement(each: Judged, widespread: boolean, settings: DisconnectRateSettings): Judgement {
  const scope = { kind: 'disconnect_rate', broker: each.minute.broker, clearMinutes: settings.clearMinutes } as const
  if (!each.seen || (widespread && each.finding)) return { ...scope, verdict: 'unseen' }
  return each.finding ? { ...scope, verdict: 'firing', finding: each.finding } : { ...scope, verdict: 'calm' }
}

function clusterJudgement(firing: readonly Judged[], widespread: boolean, input: DetectorInput): Judgement {
  const scope = { kind: 'disconnect_rate', clearMinutes: input.context.detection.disconnectRate.clearMinutes } as const
  if (!widespread) return { ...scope, verdict: firing.length > 0 ? 'unseen' : 'calm' }
  const observed = firing.reduce((sum, each) => sum + (each.finding?.observed ?? 0), 0)
  const expected = round(firing.reduce((sum, each) => sum + (each.finding?.expected ?? 0), 0))
  const topCauses = causesOf(firing.map((each) => each.minute))
  const finding: Finding = {
    severity: firing.some((each) => each.finding?.severity === 'critical') ? 'critical' : 'warning',
    observed,
    expected,
    score: Math.max(...firing.map((each) => each.finding?.score ?? 0)),
    summary: `${observed} connections dropped within a minute on ${firing.length} of ${input.minute.brokers.length} brokers; about ${expected} were to be expected. Causes as the brokers tell: ${causesText(topCauses)}.`,
    topCauses,
    topClients: [],
  }
  return { ...scope, verdict: 'firing', finding }
}

function judgeBroker(minute: Minute, known: Learned, settings: DisconnectRateSettings) {
  const clients = Math.max(known.connected, minute.connected ?? 0)
  if (minute.coverage < minimumCoverage || clients === 0) {
    return { seen: false, learned: { ...known, connected: minute.connected ?? known.connected } }
  }
  const trust = Math.min(1, known.calmMinutes / settings.learningMinutes)
  const rate = trust * known.rate + (1 - trust) * Math.max(known.rate, settings.coldRatePerClientMinute)
  const expected = clients * rate * minute.coverage
  const overdispersion = trust * known.overdispersion + (1 - trust) * Math.max(known.overdispersion, coldOverdispersion)
  const deviation = Math.sqrt(expected + overdispersion * expected ** 2 + 1)
  const observed = minute.abnormal
  const score = (observed - expected) / deviation
  const upper = Math.max(
    expected + minimumScore * deviation,
    expected + settings.minimumSurplus,
    expected * settings.minimumRatio,
  )
  const firing = clients >= settings.minimumClients && observed >= upper
  return {
    seen: true,
    band: { expected, upper },
    learned: learn({ known, minute, clients, expected, firing }),
    finding: firing ? findingOf({ minute, clients, expected, score }) : undefined,
  }
}

function learn(seen: { known: Learned; minute: Minute; clients: number; expected: number; firing: boolean }): Learned {
  const { known, minute } = seen
  const connected = minute.connected ?? known.connected
  // An incident and a minute half seen teach nothing about calm.
  if (seen.firing || minute.coverage < 0.9) return { ...known, connected }
  const halfLifeGain = 1 - 0.5 ** (1 / halfLifeMinutes)
  const gain = Math.max(halfLifeGain, 1 / (known.calmMinutes + 1))
  const excess = ((minute.abnormal - seen.expected) ** 2 - seen.expected) / Math.max(1, seen.expected) ** 2
  return {
    rate: known.rate + gain * (minute.abnormal / seen.clients - known.rate),
    overdispersion: Math.max(0, known.overdispersion + gain * (Math.min(excess, 25) - known.overdispersion)),
    calmMinutes: known.calmMinutes + 1,
    connected,
  }
}

function findingOf(seen: { minute: Minute; clients: number; expected: number; score: number }): Finding {
  const { minute, clients, expected, score } = seen
  const topCauses = causesOf([minute])
  return {
    severity: minute.abnormal >= clients * criticalShare ? 'critical' : 'warning',
    observed: minute.abnormal,
    expected: round(expected),
    score: round(score),
    summary: `${minute.abnormal} connections to ${minute.broker} (${clients} clients) dropped within a minute; about ${round(expected)} were to be expected. Causes as the broker tells: ${causesText(topCauses)}.`,
    topCauses,
    topClients: minute.topClients.slice(0, 5),
  }
}

function causesOf(minutes: readonly Minute[]): { cause: Cause; count: number }[] {
  const counts = new Map<Cause, number>()
  for (const minute of minutes) {
    for (const [name, count] of Object.entries(minute.disconnects)) {
      const cause = CauseSchema.parse(name)
      if (causes[cause].abnormal || cause === 'session_taken_over') counts.set(cause, (counts.get(cause) ?? 0) + count)
    }
  }
  return [...counts]
    .map(([cause, count]) => ({ cause, count }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 3)
}

function causesText(topCauses: readonly { cause: Cause; count: number }[]): string {
  return topCauses.map(({ cause, count }) => `${count} × ${cause}`).join(', ')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
