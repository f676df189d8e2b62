/** Holds what a detector told against what a scenario's labels say it should have told. */
import type { AlertKind } from '../../domain/alert.ts'
import { minuteMs } from '../../domain/time.ts'
import type { Label } from './scenario.ts'

/** An alert that a subject opened. */
export interface Opening {
  readonly kind: AlertKind
  /** Absent: of the whole cluster. */
  readonly broker?: string
  /** Of the kinds that speak of one client. */
  readonly clientId?: string
  /** End of the minute that was judged. */
  readonly atMs: number
  /** For the listing: what it said. */
  readonly detail: string
}

/** An incident is found until so long after its end. */
const foundAfterMs = 10 * minuteMs
/** Until so long after its end what is told again is of the same incident. */
const repeatedAfterMs = 60 * minuteMs

export interface Judged {
  readonly label: Label
  /** When it was first told; absent: missed. */
  readonly found?: Opening
  /** Minutes from the end of the minute in which it began, or in which it could be seen. */
  readonly delayMinutes?: number
  readonly repeats: number
}

export interface Score {
  readonly incidents: readonly Judged[]
  readonly falseAlarms: readonly Opening[]
}

/** Scores the openings of one kind in one scenario, from the end of the warm-up. */
export function score(kind: AlertKind, labels: readonly Label[], openings: readonly Opening[], fromMs: number): Score {
  const incidents = labels
    .filter((label) => label.kind === kind && label.scored)
    .map((label) => ({ label, told: [] as Opening[], clients: new Set<string | undefined>(), repeats: 0 }))
  const allowed = labels.filter((label) => label.kind === kind && !label.scored)
  const falseAlarms: Opening[] = []
  for (const opening of openings.toSorted((a, b) => a.atMs - b.atMs)) {
    if (opening.kind !== kind || opening.atMs <= fromMs) continue
    const of = incidents.filter(({ label }) => concerns(label, opening, repeatedAfterMs))
    // The latest that has begun: incidents stand far apart.
    const incident = of.at(-1)
    if (incident === undefined) {
      if (!allowed.some((label) => concerns(label, opening, 0))) falseAlarms.push(opening)
    } else {
      if (incident.told.length === 0 && concerns(incident.label, opening, foundAfterMs)) incident.told.push(opening)
      // Another client of the same incident is no repetition.
      else if (opening.clientId === undefined || incident.clients.has(opening.clientId)) incident.repeats += 1
      incident.clients.add(opening.clientId)
    }
  }
  return {
    falseAlarms,
    incidents: incidents.map(({ label, told: [found], repeats }) => {
      const clockMs = (label.unevenMs ?? label.fromMs) + minuteMs
      return found === undefined
        ? { label, repeats }
        : { label, repeats, found, delayMinutes: Math.max(0, (found.atMs - clockMs) / minuteMs) }
    }),
  }
}

function concerns(label: Label, opening: Opening, afterMs: number): boolean {
  const inTime = opening.atMs > label.fromMs && opening.atMs <= label.toMs + afterMs
  return inTime && (opening.broker === undefined || label.brokers.includes(opening.broker))
}

export interface Figures {
  readonly f1: number
  readonly precision: number
  readonly recall: number
  readonly found: number
  readonly incidents: number
  readonly falseAlarms: number
  readonly falsePerBrokerWeek: number
  readonly delayMedian: number
  readonly delayP90: number
  readonly repeatsPerIncident: number
}

/** The figures of many scores together. */
export function figuresOf(scores: readonly Score[], brokerWeeks: number): Figures {
  const incidents = scores.flatMap((each) => each.incidents)
  const found = incidents.filter((each) => each.found !== undefined).length
  const falseAlarms = scores.reduce((sum, each) => sum + each.falseAlarms.length, 0)
  const precision = found + falseAlarms === 0 ? 0 : found / (found + falseAlarms)
  const recall = incidents.length === 0 ? 0 : found / incidents.length
  const delays = incidents.flatMap(({ delayMinutes }) => delayMinutes ?? []).toSorted((a, b) => a - b)
  return {
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    precision,
    recall,
    found,
    incidents: incidents.length,
    falseAlarms,
    falsePerBrokerWeek: brokerWeeks === 0 ? 0 : falseAlarms / brokerWeeks,
    delayMedian: quantile(delays, 0.5),
    delayP90: quantile(delays, 0.9),
    repeatsPerIncident: incidents.reduce((sum, each) => sum + each.repeats, 0) / Math.max(1, incidents.length),
  }
}

/** The least figure that at least this share of them does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
