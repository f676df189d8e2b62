/** Evidence → what people are told: figures, causes, clients, and one sentence. */
import type { Finding } from '../alert.ts'
import type { Cause } from '../cause.ts'
import type { Minute } from '../minute.ts'
import type { DisconnectRateSettings } from '../thresholds.ts'
import type { BrokerTrack } from './broker-track.ts'
import { topCauses } from './cause-windows.ts'
import { type Evidence, scoreOf } from './evidence.ts'
import { windowMinutes } from './windows.ts'

/** A third of the clients more than expected is critical. */
const criticalShare = 1 / 3

/** The finding of one broker. */
export function findingOf(told: {
  readonly evidence: Evidence
  readonly minute: Minute
  readonly broker: BrokerTrack
  readonly clients: number
  readonly settings: DisconnectRateSettings
}): Finding {
  const { evidence, minute, broker, clients, settings } = told
  const causes = topCauses(broker.causes, evidence.window)
  const what = evidence.cause === undefined ? 'connections' : `connections (${evidence.cause})`
  const isCold = broker.track.experience < settings.learningMinutes
  const of = clients > 1 ? ` (${clients} clients)` : ''
  return {
    ...figuresOf(evidence),
    severity: clients > 1 && evidence.observed - evidence.expected >= clients * criticalShare ? 'critical' : 'warning',
    ...(isCold ? { cold: true } : {}),
    summary: `${evidence.observed} ${what} to ${minute.broker}${of} dropped within ${spanText(evidence)}; ${expectedText(evidence, isCold)}${causesText(causes)}`,
    topCauses: causes,
    topClients: minute.topClients.slice(0, 5),
    topPeers: minute.topPeers?.slice(0, 5) ?? [],
  }
}

/** The finding of a cluster whose brokers each stand out too little to be told alone. */
export function wholeFindingOf(
  evidence: Evidence,
  minutes: readonly Minute[],
  brokers: readonly BrokerTrack[],
): Finding {
  const counts = new Map<Cause, number>()
  for (const { causes } of brokers) {
    for (const { cause, count } of topCauses(causes, evidence.window))
      counts.set(cause, (counts.get(cause) ?? 0) + count)
  }
  const causes = [...counts]
    .map(([cause, count]) => ({ cause, count }))
    .toSorted((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1))
    .slice(0, 3)
  return {
    ...figuresOf(evidence),
    severity: 'warning',
    summary: `${evidence.observed} connections to the ${minutes.length} brokers together dropped within ${spanText(evidence)}; ${expectedText(evidence, false)}${causesText(causes)}`,
    topCauses: causes,
    topClients: minutes
      .flatMap(({ topClients }) => topClients)
      .toSorted((a, b) => b.disconnects - a.disconnects || (a.clientId < b.clientId ? -1 : 1))
      .slice(0, 5),
  }
}

function figuresOf(evidence: Evidence) {
  const { window, observed, expected } = evidence
  return {
    observed,
    expected: round(expected),
    windowMinutes: windowMinutes[window] ?? 1,
    score: round(scoreOf(evidence)),
  }
}

function spanText({ window }: Evidence): string {
  const minutes = windowMinutes[window] ?? 1
  return minutes === 1 ? 'a minute' : minutes < 60 ? `${minutes} minutes` : minutes === 60 ? 'an hour' : 'two hours'
}

function expectedText({ expected, isLimit }: Evidence, isCold: boolean): string {
  if (isLimit === true) return `the limit that was set is ${expected}.`
  const soFar = isCold ? ' (little experience yet: a wide band)' : ''
  return `about ${round(expected)} were to be expected${soFar}.`
}

function causesText(causes: readonly { cause: Cause; count: number }[]): string {
  if (causes.length === 0) return ''
  return ` Causes as the brokers tell: ${causes.map(({ cause, count }) => `${count} × ${cause}`).join(', ')}.`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
