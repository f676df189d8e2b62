/** A broker carries more, or less, than its share of the cluster's clients. */
import * as z from 'zod/mini'
import type { Finding, Judgement } from '../alert.ts'
import { detector } from '../detector.ts'
import type { ImbalanceSettings } from '../thresholds.ts'

/** Consecutive uneven minutes, by broker. */
const State = z.record(z.string(), z.number())

/** Brokers are placed by many causes at once, so shares scatter about twice as wide as a multinomial's. */
const overdispersion = 2

interface Load {
  readonly broker: string
  readonly clients: number
  readonly share: number
}

/**
 * Compares every broker's clients with its fair number, total × weight / sum of weights. It needs a figure from every
 * broker of the cluster in this minute: a broker that was not seen is not an empty one. Score: deviation over the
 * standard deviation of a multinomial count, sqrt(overdispersion · total · p · (1 − p)).
 */
export const imbalance = detector({
  kind: 'imbalance',
  StateSchema: State,
  initial: {},
  judge: (state, input) => {
    const settings = input.context.detection.imbalance
    const weights = input.minute.brokers.map((minute) => input.context.weightOf(minute.broker))
    const weightSum = weights.reduce((sum, weight) => sum + weight, 0)
    const loads = input.minute.brokers.map((minute, index): Load | undefined =>
      minute.connected === undefined || minute.coverage === 0
        ? undefined
        : { broker: minute.broker, clients: minute.connected, share: (weights[index] ?? 0) / weightSum },
    )
    const seen = loads.filter((load) => load !== undefined)
    const total = seen.reduce((sum, load) => sum + load.clients, 0)
    const judgeable = seen.length === loads.length && seen.length > 1 && weightSum > 0
    if (!judgeable) {
      const unseen = input.minute.brokers.map((minute) => judgement(minute.broker, 'unseen', settings))
      return { state, judgements: unseen }
    }
    const next: Record<string, number> = {}
    const judgements = seen.map((load) => {
      const finding = total >= settings.minimumClients ? findingOf(load, total, settings) : undefined
      const lasted = finding ? (state[load.broker] ?? 0) + 1 : 0
      next[load.broker] = lasted
      if (finding === undefined) return judgement(load.broker, 'calm', settings)
      return lasted >= settings.openMinutes
        ? judgement(load.broker, 'firing', settings, finding)
        : judgement(load.broker, 'unseen', settings)
    })
    return { state: next, judgements }
  },
})

function judgement(
  broker: string,
  verdict: Judgement['verdict'],
  settings: ImbalanceSettings,
  finding?: Finding,
): Judgement {
  return { kind: 'imbalance', broker, verdict, clearMinutes: settings.clearMinutes, ...(finding ? { finding } : {}) }
}

function findingOf(load: Load, total: number, settings: ImbalanceSettings): Finding | undefined {
  const fair = total * load.share
  if (fair === 0) return undefined
  const ratio = load.clients / fair
  const surplus = load.clients - fair
  const score = surplus / Math.sqrt(overdispersion * total * load.share * (1 - load.share))
  const uneven = ratio >= settings.overloadedRatio || ratio <= settings.starvedRatio
  if (!uneven || Math.abs(surplus) < settings.minimumSurplus || Math.abs(score) < settings.minimumScore)
    return undefined
  const share = (value: number) => `${Math.round((100 * value) / total)} %`
  return {
    severity: ratio >= 2 || ratio <= 0.2 ? 'critical' : 'warning',
    observed: load.clients,
    expected: Math.round(fair),
    score: Math.round(score * 10) / 10,
    summary: `${load.broker} carries ${load.clients} of ${total} clients (${share(load.clients)}); its fair share is ${Math.round(fair)} (${share(fair)}). It is ${ratio > 1 ? 'overloaded' : 'starved'}.`,
    topCauses: [],
    topClients: [],
  }
}
