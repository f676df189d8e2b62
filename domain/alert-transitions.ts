/** One alert's transitions: how it opens, what makes an open one worth telling again, how it ends. */
import type { Alert, Finding, OpenAlert, Transition } from './alert.ts'
import { alertId, type Scope } from './alert-id.ts'
import { minuteMs } from './time.ts'

export type Why = Transition['why']
export type Quiet = NonNullable<Transition['quiet']>

/** When a transition happens, and whether people shall hear of it. */
export interface Moment {
  readonly at: string
  readonly quiet?: Quiet | undefined
}

const hourMs = 60 * minuteMs
/** Transitions that an alert keeps: its first ones, and its last ones. */
const keptTransitions = 50
const keptFirst = 10
/** One cause is clear when it has this share of at least so many ends. */
const clearShare = 0.6
const clearCount = 10
/** Their distance from what was expected only grows while they last: that it doubled is no news. */
const growing: ReadonlySet<string> = new Set(['watcher_blind', 'broker_silent', 'client_offline'])

export function opened(cluster: string, scope: Scope, finding: Finding, { at, quiet }: Moment): Alert {
  const { kind, broker, clientId } = scope
  return {
    id: alertId(cluster, scope, at),
    kind,
    cluster,
    ...(broker === undefined ? {} : { broker }),
    ...(clientId === undefined ? {} : { clientId }),
    status: 'open',
    openedAt: at,
    updatedAt: at,
    ...figuresOf(finding),
    ...listsOf(finding),
    transitions: [transition('opened', 'began', finding, { at, quiet })],
  }
}

/** Why an open alert that still fires is told again; undefined when there is nothing new. */
export function newsOf(
  known: OpenAlert,
  finding: Finding,
  now: { readonly at: string; readonly quiet: Quiet | undefined; readonly acknowledged: boolean; repeatHours: number },
): Why | undefined {
  const told = now.quiet === undefined
  if (known.kept !== undefined && told && !now.acknowledged) return 'silence_over'
  if (finding.severity === 'critical' && known.alert.severity === 'warning') return 'severity_rose'
  if (isTwiceAsFar(known, finding, now.at)) return 'doubled'
  if (doubled(finding.affected ?? 0, known.toldAffected ?? Infinity)) return 'doubled'
  if (known.causeClear !== true && clearCause(finding)) return 'cause_clear'
  if (!told || now.acknowledged) return undefined
  const last = known.alert.transitions.findLast(({ quiet }) => quiet === undefined)
  const due = last !== undefined && Date.parse(now.at) - Date.parse(last.at) >= now.repeatHours * hourMs
  return due ? 'repeated' : undefined
}

function isTwiceAsFar(known: OpenAlert, finding: Finding, at: string): boolean {
  const distance = distanceOf(finding)
  if (growing.has(known.alert.kind) || !doubled(distance, known.told)) return false
  return doubled(distance, known.told * filledSince(known, finding, at))
}

/** A window that holds the begin of an incident fills while it lasts: so much more is in it without it being worse. */
function filledSince({ alert, toldWindow }: OpenAlert, { windowMinutes = 1 }: Finding, at: string): number {
  if (windowMinutes !== toldWindow) return 1
  const filledAt = (moment: string) => Math.min(windowMinutes, minutesOpen(alert, moment) + 1)
  return filledAt(at) / filledAt(alert.updatedAt)
}

function doubled(now: number, told: number): boolean {
  return now > told && now >= 2 * told
}

/** A severity never falls while the alert is open: to rise again would be no news. */
export function updated(alert: Alert, finding: Finding, why: Why, moment: Moment): Alert {
  const severity = alert.severity === 'critical' ? 'critical' : finding.severity
  const now = { ...finding, severity }
  const summary = `${prefixOf(why, alert, moment.at)}${finding.summary}${suffixOf(why, finding)}`
  const moved = withTransition(alert, { ...transition('updated', why, now, moment), summary })
  return { ...withoutFigures(moved), ...figuresOf(now), ...listsOf(finding) }
}

function prefixOf(why: Why, alert: Alert, at: string): string {
  if (why === 'silence_over') return `Kept quiet until now, open for ${lasted(alert, at)}: `
  return why === 'repeated' ? `Still open after ${lasted(alert, at)}: ` : ''
}

function suffixOf(why: Why, finding: Finding): string {
  const cause = why === 'cause_clear' ? clearCause(finding) : undefined
  return cause === undefined ? '' : ` The cause is clear now: ${cause}.`
}

export function resolved(alert: Alert, why: Why, said: string, moment: Moment): Alert {
  const summary = `${said} It lasted ${lasted(alert, moment.at)}. It was: ${alert.summary}`
  const moved = withTransition(alert, { ...transition('resolved', why, alert, moment), summary })
  return { ...moved, status: 'resolved', resolvedAt: moment.at }
}

/** Distance from what was expected, per minute of its window: windows of different lengths compare. */
export function distanceOf({ observed, expected, windowMinutes }: Finding): number {
  return Math.abs(observed - expected) / Math.max(1, windowMinutes ?? 1)
}

/** The cause that most ends have, if it is known and there are enough. */
export function clearCause({ topCauses }: Finding): string | undefined {
  let sum = 0
  for (const { count } of topCauses) sum += count
  const clear = topCauses.find(
    ({ cause, count }) => cause !== 'unknown' && count >= clearCount && count >= clearShare * sum,
  )
  return clear?.cause
}

/** How many transitions an alert had, with those that are not kept: it only grows. */
export function transitionCount(alert: Alert): number {
  return alert.transitions.length + (alert.omittedTransitions ?? 0)
}

function withTransition(alert: Alert, next: Transition): Alert {
  const all = [...alert.transitions, next]
  const moved = { ...alert, updatedAt: next.at }
  if (all.length <= keptTransitions) return { ...moved, transitions: all }
  const transitions = [...all.slice(0, keptFirst), ...all.slice(keptFirst - keptTransitions)]
  return { ...moved, transitions, omittedTransitions: transitionCount(alert) + 1 - keptTransitions }
}

function transition(status: Transition['status'], why: Why, figures: Figures, { at, quiet }: Moment): Transition {
  return { status, at, why, ...(quiet === undefined ? {} : { quiet }), ...figuresOf(figures) }
}

type Figures = Omit<Transition, 'status' | 'at' | 'why' | 'quiet'>

function figuresOf(of: Figures) {
  const { severity, observed, expected, score, summary, upper, windowMinutes, cold, affected } = of
  return {
    severity,
    observed,
    expected,
    score,
    summary,
    ...(upper === undefined ? {} : { upper }),
    ...(windowMinutes === undefined ? {} : { windowMinutes }),
    ...(cold === undefined ? {} : { cold }),
    ...(affected === undefined ? {} : { affected }),
  }
}

function withoutFigures(alert: Alert): Alert {
  const { upper: _upper, windowMinutes: _windowMinutes, cold: _cold, affected: _affected, ...rest } = alert
  return rest
}

function listsOf({ topCauses, topClients, topPeers }: Finding) {
  return { topCauses: [...topCauses], topClients: [...topClients], topPeers: [...(topPeers ?? [])] }
}

/** For people: `45 min`, `3 h`, `2 days`. */
function lasted(alert: Alert, at: string): string {
  const minutes = minutesOpen(alert, at)
  if (minutes < 120) return `${minutes} min`
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`
}

function minutesOpen(alert: Alert, at: string): number {
  return Math.round((Date.parse(at) - Date.parse(alert.openedAt)) / minuteMs)
}
