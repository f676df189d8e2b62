/** What came of each line of an import: counted, with the first line that went wrong; and how far it is, on a terminal. */
import { harmless } from '../../domain/text.ts'
import { createStatusLine } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import type { Found } from './find.ts'
import type { Line } from './lines.ts'

/** Why something is not in the record. */
const problemWords = {
  unreadable: 'lines name keepwatch and hold no document that can be read',
  unread: 'events in documents that could be read otherwise',
  refused: 'events were refused by the webhook',
  unsent: 'events could not be sent: import the same again later, nothing is stored twice',
  broken: 'files broke off',
} as const
type ProblemKind = keyof typeof problemWords

export interface Problem {
  readonly kind: ProblemKind
  readonly count: number
  /** Where it was met first. */
  readonly first: { readonly file: string; readonly line?: number; readonly why: string }
}
export interface Counts {
  readonly lines: number
  readonly documents: number
  readonly events: number
  /** Taken by the webhook. */
  readonly sent: number
  readonly problems: readonly Problem[]
}
interface Batch {
  readonly events: number
  readonly line: Line
}

export interface Tally {
  readonly read: (line: Line, found: Found) => void
  readonly taken: (
    answer: { readonly events: number; readonly rejected: number; readonly why?: string | undefined },
    batch: readonly Batch[],
  ) => void
  readonly refused: (batch: readonly Batch[], why: string) => void
  readonly unsent: (batch: readonly Batch[], why: string) => void
  readonly brokeOff: (file: string, why: string) => void
  readonly counts: () => Counts
  /** Leaves the line of the terminal to what is written next. */
  readonly hide: () => void
}

/** Counts from nothing. */
export function createTally(terminal: Pick<Terminal, 'err' | 'isWatched'>): Tally {
  const counts = { lines: 0, documents: 0, events: 0, sent: 0 }
  const problems = new Map<ProblemKind, Problem>()
  const status = createStatusLine(terminal)

  function met(kind: ProblemKind, count: number, first: Problem['first']): void {
    const known = problems.get(kind)
    problems.set(kind, { kind, count: (known?.count ?? 0) + count, first: known?.first ?? first })
  }
  const shown = () => `${counts.lines} lines, ${counts.events} events found, ${counts.sent} sent`

  return {
    read: (line, found) => {
      counts.lines += 1
      status.show(shown)
      if (found.kind === 'fault') met('unreadable', 1, at(line, found.fault))
      if (found.kind !== 'document') return
      counts.documents += 1
      counts.events += found.events
      if (found.unread > 0) met('unread', found.unread, at(line, 'some of its events cannot be read'))
    },
    taken: ({ events, rejected, why = '' }, batch) => {
      counts.sent += events
      // What could not be read here either was counted when it was met.
      if (events < eventsOf(batch))
        met('refused', eventsOf(batch) - events, at(batch[0]?.line, `${rejected} refused: ${why}`))
    },
    refused: (batch, why) => met('refused', eventsOf(batch), at(batch[0]?.line, why)),
    unsent: (batch, why) => met('unsent', eventsOf(batch), at(batch[0]?.line, why)),
    brokeOff: (file, why) => met('broken', 1, { file, why }),
    counts: () => ({ ...counts, problems: [...problems.values()] }),
    hide: status.hide,
  }
}

const at = (line: Line | undefined, why: string): Problem['first'] =>
  line === undefined ? { file: '', why } : { file: line.file, line: line.number, why }
const eventsOf = (batch: readonly Batch[]): number => batch.reduce((sum, { events }) => sum + events, 0)

/** The summary for people. */
export function renderTally({ lines, documents, events, sent, problems }: Counts, isDryRun: boolean): string {
  const done = isDryRun ? 'nothing was sent (--dry-run)' : `${sent} sent`
  const found = `${lines} lines, ${events} events in ${documents} documents; ${done}.`
  const told = problems.map(({ kind, count, first }) => {
    const where = first.line === undefined ? first.file : `${first.file}:${first.line}`
    return `${count} ${problemWords[kind]}; first at ${harmless(where)}: ${harmless(first.why, 300)}`
  })
  return `${[found, ...told].join('\n')}\n`
}
