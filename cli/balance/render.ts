/** How a cluster's load is spread: verdict, table, what would have to move and how. Pure. */
import type { Balance } from '../../api/brokers.ts'
import { harmless } from '../../domain/text.ts'
import { wrapped } from '../render.ts'
import { percent, shareBar } from '../shares.ts'
import { renderTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { whenText } from '../times.ts'
import { toned } from '../tone.ts'

const tones = { balanced: 'good', imbalanced: 'bad', unknown: 'warning' } as const
const widest = 100

/** Paragraphs, each with an empty line before it. */
export function renderBalance(
  { cluster, minute, verdict, reason, alert, connected, indices, brokers, moves, command }: Balance,
  { nowMs, terminal }: { readonly nowMs: number; readonly terminal: Pick<Terminal, 'columns' | 'hasColours'> },
): string {
  const columns = Math.min(widest, terminal.columns ?? widest)
  const lines = (text: string) => `${wrapped(text, columns).join('\n')}\n`
  const [first = '', ...more] = wrapped(`${verdict}: ${reason}`, columns)
  const of = connected === undefined ? '' : `, ${connected} clients`
  const when = minute === undefined ? '' : `, minute of ${whenText(minute, nowMs)}`
  return [
    lines(`${cluster}${of}${when}`) +
      `${[first.replace(verdict, toned(verdict, tones[verdict], terminal)), ...more].join('\n')}\n` +
      (alert === undefined ? '' : lines(`An alert is open: keepwatch alerts show ${alert}`)),
    renderTable(
      brokers.toSorted((a, b) => (b.surplus ?? 0) - (a.surplus ?? 0)),
      [
        { title: 'broker', cell: ({ broker }) => broker, least: 12 },
        { title: 'weight', cell: ({ weight }) => weight, leaves: 2 },
        { title: 'clients', cell: (each) => each.connected },
        { title: 'share │ fair', cell: ({ share, fairShare }) => shareBar(share, fairShare), leaves: 3 },
        { title: 'share', cell: ({ share }) => percent(share) },
        { title: 'fair', cell: ({ fairShare }) => percent(fairShare) },
        { title: 'too many', cell: ({ surplus }) => (surplus === undefined ? undefined : Math.round(surplus)) },
      ],
      terminal,
    ),
    indices === undefined
      ? ''
      : lines(
          `Largest share is ${indices.peakToFair.toFixed(2)} times its fair one (1 is balanced); coefficient of variation ${indices.coefficientOfVariation.toFixed(2)} (0); Jain’s index ${indices.jainIndex.toFixed(3)} (1); ${percent(indices.misplacedShare) ?? ''} of all clients are on the wrong broker.`,
        ),
    moves.length === 0
      ? ''
      : `To be balanced, as few as possible would move:\n${renderTable(
          moves,
          [
            { title: 'clients', cell: ({ clients }) => clients },
            { title: 'from', cell: ({ from }) => from, least: 8 },
            { title: 'to', cell: ({ to }) => to, least: 8 },
          ],
          terminal,
        )}`,
    command === undefined
      ? ''
      : `${['What the broker itself offers:', ...command.lines.map((line) => `  ${harmless(line, 2000)}`)].join('\n')}\n${lines(command.note)}`,
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n')
}
