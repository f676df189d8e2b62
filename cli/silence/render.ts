/** Silences as a table. Pure. */
import type { Silence } from '../../domain/silence.ts'
import { harmless } from '../../domain/text.ts'
import { renderTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { agoText, clockText } from '../times.ts'

export function renderSilences(
  silences: readonly Silence[],
  { nowMs, terminal }: { readonly nowMs: number; readonly terminal: Pick<Terminal, 'columns' | 'hasColours'> },
): string {
  return renderTable(
    silences,
    [
      {
        title: 'state',
        cell: (each) => stateOf(each, nowMs),
        tone: (each) => (stateOf(each, nowMs) === 'silent' ? 'warning' : 'faint'),
      },
      { title: 'until', cell: ({ to }) => clockText(Date.parse(to), nowMs) },
      { title: '', cell: ({ to }) => agoText(Date.parse(to), nowMs), leaves: 4 },
      { title: 'what', cell: scopeText, least: 12 },
      { title: 'comment', cell: ({ comment }) => harmless(comment, 1000), least: 12, leaves: 2 },
      { title: 'by', cell: ({ createdBy }) => createdBy, least: 8, leaves: 3 },
      { title: 'id', cell: ({ id }) => id, leaves: 1 },
    ],
    terminal,
  )
}

function stateOf({ from, to }: Silence, nowMs: number): string {
  if (Date.parse(to) <= nowMs) return 'over'
  return Date.parse(from) > nowMs ? 'to come' : 'silent'
}

/** What it keeps quiet. */
export function scopeText({ cluster, kind, broker, clientId }: Silence): string {
  const where = clientId ?? broker
  return `${kind ?? 'all alerts'} of ${where === undefined ? cluster : `${harmless(where, 100)} (${cluster})`}`
}
