/** Transitions of alerts, differences and the summary, as text for people and as JSON for programs. Pure. */
import type { Alert } from '../../domain/alert.ts'
import { namesCause } from '../../domain/alert-diagnosis.ts'
import { harmless } from '../../domain/text.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import type { Style } from '../render.ts'
import type { Difference, Episode } from './compare.ts'
import type { Tally } from './run.ts'

const colours = { opened: 31, updated: 33, resolved: 32 } as const
const scopeAt = 24
const longestSummary = 1000

type Scope = Pick<Alert, 'kind' | 'cluster' | 'broker' | 'clientId'>

/** The last transition of an alert in one line: time, status, severity, kind, scope, summary; in a second its cause. */
export function renderTransition(alert: Alert, { hasColours }: Style): string {
  const last = alert.transitions.at(-1)
  if (last === undefined) return ''
  const status = last.status.padEnd(8)
  const quiet = last.quiet === undefined ? '' : `(quiet: ${last.quiet}) `
  const transition = row([
    minuteText(last.at),
    hasColours ? `\u001B[${colours[last.status]}m${status}\u001B[39m` : status,
    last.severity.padEnd(8),
    scopeText(alert),
    `${quiet}${harmless(last.summary, longestSummary)}`,
  ])
  const { diagnosis } = alert
  if (last.status === 'resolved' || diagnosis === undefined || !namesCause(diagnosis)) return transition
  const { title, confidence } = diagnosis
  return `${transition}${belowTime}likely cause: ${harmless(title, longestSummary)} (${Math.round(100 * confidence)} %)\n`
}

/** The same for a program. */
export function transitionJson(alert: Alert): string {
  const last = alert.transitions.at(-1)
  if (last === undefined) return ''
  const { id, kind, cluster, broker, clientId, diagnosis } = alert
  const { status, at, severity, observed, expected, score, summary, why, quiet } = last
  const figures = { severity, observed, expected, score, summary, why, quiet }
  return json({ id, kind, status, at, cluster, broker, clientId, ...figures, diagnosis })
}

/** An alert that two configurations do not tell alike. */
export function renderDifference({ only, differs = [], a, b, ...scope }: Difference): string {
  const differing = differs.length === 0 ? '' : `${differs.join(' and ')}: `
  const first = row([
    minuteText(a?.openedAt ?? b?.openedAt ?? ''),
    (only === undefined ? 'both' : `only ${only}`).padEnd(8),
    scopeText(scope),
    `${differing}${[...episodeText('A', a), ...episodeText('B', b)].join('; ')}`,
  ])
  return `${first}${belowTime}${harmless(a?.summary ?? b?.summary ?? '', longestSummary)}\n`
}

export function differenceJson(difference: Difference): string {
  return json(difference)
}

/** What was replayed, and how fast. */
export function renderTally({ clusters, recorded, gaps, firstMs, lastMs }: Tally, tookMs: number): string {
  if (firstMs === undefined || lastMs === undefined) return 'No minute was recorded.\n'
  const rate = Math.round((1000 * recorded) / Math.max(1, tookMs))
  const span = `${minuteText(instant(firstMs))} to ${minuteText(instant(lastMs + minuteMs))}`
  const read = `${count(recorded, 'broker-minute')} of ${count(clusters, 'cluster')}, ${span}; ${(tookMs / 1000).toFixed(1)} s, ${rate} a second.`
  const missing =
    gaps.count === 0
      ? 'No minute is missing.'
      : `${count(gaps.minutes, 'minute')} missing in ${count(gaps.count, 'gap')}: they count as unseen.`
  return `${read}\n${missing}\n`
}

/** How many alerts there were of a kind. */
export type Kinds = ReadonlyMap<string, { readonly all: number; readonly critical: number }>

export function withKind(kinds: Kinds, { kind, severity }: Pick<Alert, 'kind' | 'severity'>): Kinds {
  const { all, critical } = kinds.get(kind) ?? { all: 0, critical: 0 }
  return new Map(kinds).set(kind, { all: all + 1, critical: critical + (severity === 'critical' ? 1 : 0) })
}

/** Such as `4 alerts: disconnect_rate 3 (1 critical), imbalance 1`. */
export function renderKinds(kinds: Kinds): string {
  const all = [...kinds.values()].reduce((sum, kind) => sum + kind.all, 0)
  const texts = [...kinds].map(
    ([kind, of]) => `${kind} ${of.all}${of.critical > 0 ? ` (${of.critical} critical)` : ''}`,
  )
  return `${count(all, 'alert')}${texts.length === 0 ? '' : `: ${texts.join(', ')}`}`
}

export function count(times: number, word: string): string {
  return `${times} ${word}${times === 1 ? '' : 's'}`
}

/** `2026-11-22 10:00Z`: alerts change when a minute ends. */
function minuteText(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)}Z`.padStart(17)
}

/** What belongs to the line above stands to the right of its time. */
const belowTime = ' '.repeat(19)

function episodeText(name: string, episode: Episode | undefined): string[] {
  if (episode === undefined) return []
  const { openedAt, resolvedAt, severity } = episode
  const minutes = resolvedAt === undefined ? undefined : (Date.parse(resolvedAt) - Date.parse(openedAt)) / minuteMs
  const lasted = minutes === undefined ? ', not resolved' : ` for ${Math.round(minutes)} min`
  return [`${name} from ${minuteText(openedAt)}${lasted}, ${severity}`]
}

function scopeText({ kind, cluster, broker, clientId }: Scope): string {
  const names = [cluster, broker, clientId].filter((name) => name !== undefined).map((name) => harmless(name, 60))
  return `${kind.padEnd(16)}${names.join('/').padEnd(scopeAt)}`
}

const row = (cells: readonly string[]): string => `${cells.join('  ').trimEnd()}\n`

const harmful = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu

/** One line. What must not act in a terminal is escaped as JSON has it: names stay what they are. */
function json(value: object): string {
  const escaped = JSON.stringify(value).replace(harmful, (characters) =>
    Array.from({ length: characters.length }, (_, index) => {
      return `\\u${characters.charCodeAt(index).toString(16).padStart(4, '0')}`
    }).join(''),
  )
  return `${escaped}\n`
}
