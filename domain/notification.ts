/** How an alert reads when it reaches people: subject, text, the machine's JSON after it, attributes to filter by. */
import type { Alert, Transition } from './alert.ts'
import { namesCause } from './alert-diagnosis.ts'
import { causes } from './cause.ts'
import type { TopClient } from './minute.ts'
import { harmless } from './text.ts'

export interface Notification {
  /** At most 100 printable ASCII characters, as SNS wants it. */
  readonly subject: string
  /** Text for people; after the separator line, one line of JSON. */
  readonly body: string
  /** For subscription filter policies: at most ten, none of them empty. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Stands alone on its line between the text and the JSON. */
export const machineSeparator = '--- for machines ---'

const kindTitles = {
  disconnect_rate: 'clients dropping',
  imbalance: 'uneven load',
  reconnect_storm: 'clients reconnecting again and again',
  refused_rate: 'connections refused',
  flapping: 'clients flapping',
  takeover_loop: 'two use one client id',
  broker_silent: 'silence',
  client_offline: 'a watched client is offline',
  resources: 'near a ceiling',
  watcher_blind: 'nobody is watching',
} as const
const longestLine = 500
const statusTitles = { opened: 'ALERT', updated: 'UPDATE', resolved: 'RESOLVED' } as const
/** Where the summary does not say it already. */
const whyTexts: Readonly<Partial<Record<Transition['why'], string>>> = {
  severity_rose: 'Told again: it has become critical.',
  doubled: 'Told again: it is twice as bad as when it was last told.',
  repeated: 'Told again: nobody has acknowledged it.',
}
/** Kinds that hold a count against chance. */
const counted: ReadonlySet<Alert['kind']> = new Set(['disconnect_rate', 'imbalance', 'reconnect_storm', 'refused_rate'])

/** Where a page shows an alert. */
export function alertUrl(pageUrl: string, id: string): string {
  return `${pageUrl.replace(/\/+$/, '')}/alerts/${encodeURIComponent(id)}`
}

/** Tells of an alert's newest transition, with a link where it is known where people open the page. */
export function notificationOf(alert: Alert, pageUrl?: string): Notification {
  const transition = alert.transitions.at(-1)
  const { status, why } = transition ?? { status: 'opened' as const, why: 'began' as const }
  const title = `${statusTitles[status]} ${alert.severity}: ${kindTitles[alert.kind]}${scopeOf(alert)}`
  const paragraphs = [
    [title, pageUrl === undefined ? undefined : alertUrl(pageUrl, alert.id)],
    [harmless(transition?.summary ?? alert.summary, 2000), whyTexts[why]],
    [figuresLine(alert), coldLine(alert)],
    causeLines(alert),
    status === 'resolved' ? [] : listLines(alert),
    [
      `Opened ${alert.openedAt}, this change ${alert.updatedAt}. Alert ${alert.id}`,
      ...nextLines(alert),
      `Look further: GET /v1/alerts/${alert.id}`,
      recordPath(alert),
    ],
  ]
  const text = paragraphs
    .map((lines) => lines.filter((line) => line !== undefined).join('\n'))
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
  const broker = harmless(alert.broker ?? '')
  return {
    subject: harmless(`[Keepwatch] ${title}`, 99).replace(/[^\x20-\x7e]/g, '?'),
    body: `${text}\n\n${machineSeparator}\n${JSON.stringify({ schemaVersion: 1, status, why, alert })}`,
    attributes: {
      schemaVersion: '1',
      kind: alert.kind,
      status,
      why,
      severity: alert.severity,
      cluster: alert.cluster,
      ...(broker === '' ? {} : { broker }),
    },
  }
}

/** ` on b1 (plant)`, `: pump-17 (plant)`, or ` on plant` for all of it. */
function scopeOf({ cluster, broker, clientId }: Alert): string {
  if (clientId !== undefined) return `: ${harmless(clientId, 100)} (${cluster})`
  return broker === undefined ? ` on ${cluster}` : ` on ${harmless(broker, 100)} (${cluster})`
}

function figuresLine({ kind, observed, expected, upper, windowMinutes, score }: Alert): string {
  const within = windowMinutes === undefined ? '' : ` within ${windowMinutes} min`
  const band = upper === undefined ? '' : ` (told from ${round(upper)})`
  const apart = counted.has(kind) ? `; ${round(score)} standard deviations apart` : ''
  return `Observed ${round(observed)}${within}, expected about ${round(expected)}${band}${apart}.`
}

function coldLine({ cold }: Alert): string | undefined {
  return cold === true ? 'There is little experience yet: the band is wide, and narrows as more is seen.' : undefined
}

/** Why, how sure that is and what to do; where no cause is known, what would tell it. */
function causeLines({ diagnosis, status }: Alert): string[] {
  if (diagnosis === undefined) return []
  const { title, confidence, evidence, remedy, alternatives, missing = [] } = diagnosis
  if (!namesCause(diagnosis)) {
    const lacks = missing.slice(0, 2).map((line) => `  - ${harmless(line, longestLine)}`)
    return status === 'resolved' || lacks.length === 0 ? [] : ['The cause is not known. What would tell it:', ...lacks]
  }
  const cause = `Likely cause: ${harmless(title, longestLine)} (confidence ${percent(confidence)})`
  if (status === 'resolved') return [cause]
  const others = alternatives.map((each) => `${harmless(each.title, 100)} (${percent(each.confidence)})`)
  return [
    cause,
    ...evidence.map((line) => `  - ${harmless(line, longestLine)}`),
    ...(remedy.length === 0 ? [] : ['What to do:', ...remedy.map((line) => `  - ${harmless(line, longestLine)}`)]),
    ...(others.length === 0 ? [] : [`Or: ${others.join('; ')}`]),
  ]
}

const percent = (share: number): string => `${Math.round(100 * share)} %`

function listLines({ topCauses, topPeers = [], topClients }: Alert): string[] {
  return [
    ...(topCauses.length > 0 ? ['How they ended:'] : []),
    ...topCauses.map(({ cause, count }) => `  ${count} × ${cause}: ${causes[cause].text}`),
    ...(topPeers.length > 0 ? ['Addresses with the most disconnects:'] : []),
    ...topPeers.map(({ peer, disconnects }) => `  ${harmless(peer, 100)}: ${disconnects}`),
    ...(topClients.length > 0 ? ['Clients with the most disconnects:'] : []),
    ...topClients.map((client) => `  ${harmless(client.clientId, 100)}: ${clientText(client)}`),
  ]
}

function clientText({ disconnects, attempts = 0, takeovers = 0, peers = [] }: TopClient): string {
  const did = [
    `${disconnects}`,
    ...(attempts > 0 ? [`${attempts} attempts`] : []),
    ...(takeovers > 0 ? [`${takeovers} take-overs`] : []),
    ...(peers.length > 0 ? [`from ${peers.map((peer) => harmless(peer, 100)).join(', ')}`] : []),
  ]
  return did.join(', ')
}

function nextLines({ id, kind, status, acknowledgement, diagnosis }: Alert): string[] {
  if (status === 'resolved') return []
  const isKnown = diagnosis !== undefined && namesCause(diagnosis)
  const guide = isKnown
    ? `More on it: docs/diagnosis.md#${diagnosis.name}, docs/alerts.md#${kind}`
    : `What to do: docs/alerts.md#${kind}`
  if (acknowledgement === undefined) {
    return [guide, `Stop the repeats: POST /v1/alerts/${id}/acknowledge says that you look after it`]
  }
  const { by, at, note } = acknowledgement
  const why = note === undefined ? '' : `: ${harmless(note, 500)}`
  return [guide, `Acknowledged by ${harmless(by, 100)} at ${at}${why}`]
}

/** Where the record tells more than the alert. */
function recordPath({ cluster, broker, clientId }: Alert): string | undefined {
  const indent = ' '.repeat('Look further: '.length)
  if (clientId !== undefined) {
    return `${indent}GET /v1/clients?cluster=${cluster}&clientId=${encodeURIComponent(clientId.toWellFormed())}`
  }
  if (broker === undefined) return undefined
  return `${indent}GET /v1/clusters/${cluster}/brokers/${encodeURIComponent(broker.toWellFormed())}/minutes`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
