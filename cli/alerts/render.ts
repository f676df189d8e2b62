/** Alerts as a table, and the story of one: what happened in order, figures, cause, what to do. Pure. */
import { type Alert, type Transition } from '../../domain/alert.ts'
import { causes } from '../../domain/cause.ts'
import type { TopClient } from '../../domain/minute.ts'
import { harmless } from '../../domain/text.ts'
import { diagnosisLines } from '../explain/render.ts'
import { wrapped } from '../render.ts'
import { renderTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { agoText, clockText, lengthText, whenText } from '../times.ts'
import { type Tone, toned } from '../tone.ts'
import { commandLine } from '../typed.ts'

export interface Shown {
  readonly nowMs: number
  readonly terminal: Pick<Terminal, 'columns' | 'hasColours'>
}

const widest = 100
const longestName = 100

const toneOf = ({ status, severity }: Pick<Alert, 'status' | 'severity'>): Tone =>
  status === 'resolved' ? 'faint' : severity === 'critical' ? 'bad' : 'warning'

/** Newest first, as they come. */
export function renderAlerts(alerts: readonly Alert[], { nowMs, terminal }: Shown): string {
  return renderTable(
    alerts,
    [
      { title: 'opened', cell: ({ openedAt }) => agoText(Date.parse(openedAt), nowMs) },
      {
        title: 'status',
        cell: ({ status, severity }) => (status === 'open' ? severity : status),
        tone: toneOf,
      },
      { title: 'kind', cell: ({ kind }) => kind, least: 10 },
      { title: 'where', cell: scopeText, least: 10 },
      {
        title: 'lasted',
        cell: (alert) =>
          lengthText(Date.parse(alert.resolvedAt ?? new Date(nowMs).toISOString()) - Date.parse(alert.openedAt)),
        leaves: 4,
      },
      {
        title: 'likely cause',
        cell: ({ diagnosis }) => (diagnosis === undefined || diagnosis.name === 'unknown' ? undefined : diagnosis.name),
        least: 10,
        leaves: 3,
      },
      {
        title: 'seen by',
        cell: ({ acknowledgement, verification }) =>
          verification?.verdict ?? (acknowledgement === undefined ? undefined : 'acknowledged'),
        leaves: 2,
      },
      // To be copied: never cut.
      { title: 'id', cell: ({ id }) => id, leaves: 1 },
    ],
    terminal,
  )
}

const scopeText = ({ cluster, broker, clientId }: Pick<Alert, 'cluster' | 'broker' | 'clientId'>): string =>
  harmless(
    clientId === undefined ? (broker === undefined ? cluster : `${broker} (${cluster})`) : `${clientId} (${cluster})`,
    200,
  )

/** Everything of one alert, the newest word on it first. */
export function renderStory(alert: Alert, { nowMs, terminal }: Shown): string {
  const columns = Math.min(widest, terminal.columns ?? widest)
  const {
    kind,
    status,
    severity,
    openedAt,
    resolvedAt,
    summary,
    diagnosis,
    topCauses,
    topPeers = [],
    topClients,
  } = alert
  const title = `${status === 'open' ? severity : status}: ${kind} of ${scopeText(alert)}`
  const lasted =
    resolvedAt === undefined ? 'open' : `resolved after ${lengthText(Date.parse(resolvedAt) - Date.parse(openedAt))}`
  const list = (heading: string, rows: readonly string[]) =>
    rows.length === 0 ? [] : [heading, ...rows.flatMap((row) => wrapped(row, columns - 2).map((line) => `  ${line}`))]
  const paragraphs: readonly (readonly string[])[] = [
    [
      ...wrapped(title, columns).map((line) => toned(line, toneOf(alert), terminal)),
      ...wrapped(`Began ${whenText(openedAt, nowMs)}; ${lasted}. ${alert.id}`, columns),
    ],
    [...wrapped(summary, columns), ...wrapped(figuresText(alert), columns)],
    diagnosis === undefined
      ? ['Why: not diagnosed.']
      : diagnosisLines(diagnosis, { answer: { clientId: alert.clientId }, hasColours: terminal.hasColours }),
    list(
      'How they ended:',
      topCauses.map(({ cause, count }) => `${count} × ${cause}: ${causes[cause].text}`),
    ),
    list('Clients with the most disconnects:', topClients.map(clientText)),
    list(
      'Addresses with the most disconnects:',
      topPeers.map(({ peer, disconnects }) => `${harmless(peer, longestName)}: ${disconnects}`),
    ),
    ['What happened:', ...transitionLines(alert, { columns, nowMs })],
    actLines(alert, { columns, nowMs }),
    ['What to do next:', ...nextCommands(alert).map((line) => `  ${line}`)],
  ]
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function figuresText({ observed, expected, upper, windowMinutes, score, cold }: Alert): string {
  const within = windowMinutes === undefined ? '' : ` within ${windowMinutes} min`
  const band = upper === undefined ? '' : ` (told from ${round(upper)})`
  const young = cold === true ? ' There is little experience yet: the band is wide.' : ''
  return `Observed ${round(observed)}${within}, expected about ${round(expected)}${band}; score ${round(score)}.${young}`
}

function clientText({ clientId, disconnects, attempts = 0, takeovers = 0, peers = [] }: TopClient): string {
  const did = [
    `${disconnects}`,
    ...(attempts > 0 ? [`${attempts} attempts`] : []),
    ...(takeovers > 0 ? [`${takeovers} take-overs`] : []),
    ...(peers.length > 0 ? [`from ${peers.map((peer) => harmless(peer, longestName)).join(', ')}`] : []),
  ]
  return `${harmless(clientId, longestName)}: ${did.join(', ')}`
}

const whys: Readonly<Record<Transition['why'], string>> = {
  began: 'it began',
  severity_rose: 'it became critical',
  doubled: 'it is twice as bad as when it was last told',
  cause_clear: 'its cause is clear',
  repeated: 'nobody has acknowledged it',
  calm_again: 'it is calm again',
  new_normal: 'it lasted so long that it is usual now',
  widespread: 'one alert of the cluster tells it from now on',
  silence_over: 'a silence is over and it still stands',
  gone: 'nothing judges it any more',
}
const quiets: Readonly<Record<NonNullable<Transition['quiet']>, string>> = {
  silence: 'not told: silenced',
  maintenance: 'not told: maintenance',
  acknowledged: 'not told: acknowledged',
  part_of: 'not told: part of a wider alert',
}

/** In order of time. */
function transitionLines(
  { transitions, omittedTransitions = 0 }: Alert,
  { columns, nowMs }: { columns: number; nowMs: number },
): string[] {
  return transitions.flatMap(({ at, status, why, quiet, severity, summary }, index) => {
    const kept = quiet === undefined ? '' : ` (${quiets[quiet]})`
    const head = `  ${clockText(Date.parse(at), nowMs)}  ${status} ${severity}: ${whys[why]}${kept}`
    const left = index === 0 && omittedTransitions > 0 ? [`  … ${omittedTransitions} more, which are not kept …`] : []
    return [...indented(head.trimStart(), 2, columns), ...indented(summary, 6, columns), ...left]
  })
}

function indented(text: string, by: number, columns: number): string[] {
  return wrapped(text, columns - by).map((line) => `${' '.repeat(by)}${line}`)
}

function actLines(
  { acknowledgement, verification }: Alert,
  { columns, nowMs }: { columns: number; nowMs: number },
): string[] {
  const said = (what: string, { at, by, note }: { at: string; by: string; note?: string | undefined }) =>
    wrapped(`${what} by ${by}, ${whenText(at, nowMs)}${note === undefined ? '' : `: ${harmless(note, 1000)}`}`, columns)
  return [
    ...(acknowledgement === undefined ? [] : said('Acknowledged', acknowledgement)),
    ...(verification === undefined ? [] : said(`Verified as ${verification.verdict}`, verification)),
  ]
}

/** What whoever is on call would type now. */
export function nextCommands({
  id,
  cluster,
  broker,
  clientId,
  status,
  kind,
  acknowledgement,
  verification,
  topClients,
}: Alert): string[] {
  const [foremost] = topClients
  const subject = clientId ?? (broker === undefined ? foremost?.clientId : undefined)
  return [
    ...(status === 'open' && acknowledgement === undefined ? [commandLine('alerts acknowledge', id)] : []),
    ...(kind === 'imbalance' ? [commandLine('balance', cluster)] : []),
    ...(broker === undefined || clientId !== undefined
      ? []
      : [
          commandLine('explain', undefined, { cluster, broker }),
          commandLine('events', undefined, { cluster, broker, follow: true }),
        ]),
    ...(subject === undefined ? [] : [commandLine('explain', subject, { cluster })]),
    ...(status === 'open'
      ? [commandLine('silence add', undefined, { cluster, kind, broker, clientId, for: '2h', comment: 'why' })]
      : []),
    ...(verification === undefined ? [`${commandLine('alerts verify', id)} true|benign|false`] : []),
  ]
}

const round = (value: number): number => Math.round(10 * value) / 10
