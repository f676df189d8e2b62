/** A client's state, and clients that stood out. Pure. */
import type { Client, FoundClient } from '../../api/clients.ts'
import { harmless } from '../../domain/text.ts'
import { percent } from '../shares.ts'
import { wrapped } from '../render.ts'
import { renderTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { agoText, lengthText, whenText } from '../times.ts'
import { toned } from '../tone.ts'
import { causes } from '../../domain/cause.ts'
import { commandLine } from '../typed.ts'

export interface Shown {
  readonly nowMs: number
  readonly terminal: Pick<Terminal, 'columns' | 'hasColours'>
}

const widest = 100
const longestName = 200
const tones = { connected: 'good', disconnected: 'bad', refused: 'warning' } as const

/** Status, where and since when; the last end; the last day; why, and what tells more. */
export function renderClient(client: Client, { nowMs, terminal }: Shown): string {
  const columns = Math.min(widest, terminal.columns ?? widest)
  const { clientId, cluster, status, statusView, broker, since, last, day, diagnosis } = client
  const [first] = diagnosis
  const name = harmless(clientId, longestName)
  const sure = first === undefined || first.name === 'unknown' ? '' : ` (confidence ${percent(first.confidence) ?? ''})`
  const [head = '', ...more] = wrapped(`${status} on ${broker} (${cluster}) since ${whenText(since, nowMs)}`, columns)
  return [
    ...wrapped(name, columns).map((line) => toned(line, 'strong', terminal)),
    head.replace(status, toned(status, tones[status], terminal)),
    ...more,
    ...(statusView === 'client' ? ['By its own word alone: no broker told of it.'] : []),
    ...wrapped(`Last event: ${lastText(last, nowMs)}`, columns),
    ...wrapped(dayText(day), columns),
    ...(first === undefined ? [] : wrapped(`Why: ${first.title}${sure}`, columns)),
    `More: ${commandLine('explain', clientId, { cluster })}`,
    `      ${commandLine('events', clientId, { cluster })}`,
    '',
  ].join('\n')
}

function lastText({ type, at, cause, reason, peer, session }: Client['last'], nowMs: number): string {
  return [
    `${type}, ${whenText(at, nowMs)}`,
    ...(cause === undefined ? [] : [`${cause}: ${causes[cause].text}`]),
    ...(reason === undefined ? [] : [`"${harmless(reason, longestName)}"`]),
    ...(session === undefined ? [] : [`after ${lengthText(session.seconds * 1000)}`]),
    ...(peer === undefined ? [] : [`from ${peer}`]),
  ].join('; ')
}

function dayText({ connects, refused, disconnects, cut }: Client['day']): string {
  const ends = Object.entries(disconnects).map(([cause, count]) => `${count} × ${cause}`)
  const least = cut ? 'at least ' : ''
  const bad = refused === 0 ? '' : `, ${refused} refused`
  return `Last 24 hours: ${least}${connects} connects${bad}${ends.length === 0 ? '' : `; ended: ${ends.join(', ')}`}.`
}

/** Those that stood out, as a table. */
export function renderFound(clients: readonly FoundClient[], { nowMs, terminal }: Shown): string {
  return renderTable(
    clients,
    [
      { title: 'client', cell: ({ clientId }) => harmless(clientId, longestName), least: 12 },
      {
        title: 'disconnects',
        cell: ({ disconnects }) => disconnects,
        tone: ({ disconnects }) => (disconnects > 0 ? 'bad' : undefined),
      },
      { title: 'attempts', cell: ({ attempts }) => attempts, leaves: 2 },
      { title: 'take-overs', cell: ({ takeovers }) => takeovers, leaves: 3 },
      { title: 'brokers', cell: ({ brokers }) => brokers.join(', '), least: 8, leaves: 4 },
      { title: 'from', cell: ({ peers }) => peers.join(', '), least: 12, leaves: 6 },
      {
        title: 'last',
        cell: ({ lastMinute }) => (lastMinute === undefined ? undefined : agoText(Date.parse(lastMinute), nowMs)),
        leaves: 1,
      },
      {
        title: 'watched',
        cell: ({ watched }) => watchedText(watched),
        leaves: 5,
        tone: ({ watched }) => (watched?.online === false ? 'bad' : undefined),
      },
    ],
    terminal,
  )
}

function watchedText(watched: FoundClient['watched']): string | undefined {
  if (watched === undefined) return undefined
  return watched.online === undefined ? 'yes' : watched.online ? 'online' : 'offline'
}
