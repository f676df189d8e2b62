/** What was wrong with what was recorded: counted, and the first of each kind said at once. */
import { harmless } from '../../domain/text.ts'

/** Why something was not used. */
export type Refusal = 'unreadable' | 'late' | 'stray'

export interface Remarks {
  /** Something could not be used. `words` is asked only where they are said. */
  readonly refuse: (why: Refusal, words: () => string) => void
  /** Something was used, but not as it stands. Said once at the end, with how often it was so and where first. */
  readonly note: (words: string, where: () => string) => void
  readonly refused: () => number
  /** What is to be said at the end, a line each. */
  readonly closing: () => readonly string[]
}

const saidOfEach = 5
const notesKept = 20
const longestCharacters = 300

const meanings: Readonly<Record<Refusal, string>> = {
  unreadable: 'could not be read',
  late: 'came after their minute was judged (a cluster’s lines must be in time order)',
  stray: 'were days ahead of those that followed',
}

/** `say` takes one line at a time. */
export function createRemarks(say: (line: string) => void): Remarks {
  const refusals: Record<Refusal, number> = { unreadable: 0, late: 0, stray: 0 }
  const notes = new Map<string, { times: number; first: string }>()
  return {
    refuse: (why, words) => {
      refusals[why] += 1
      if (refusals[why] <= saidOfEach) say(harmless(`Refused: ${words()}`, longestCharacters))
      else if (refusals[why] === saidOfEach + 1) say('Refused: more of this kind, counted at the end')
    },
    note: (words, where) => {
      const key = notes.has(words) || notes.size < notesKept ? words : 'more that is not listed'
      const known = notes.get(key)
      if (known !== undefined) known.times += 1
      else notes.set(key, { times: 1, first: where() })
    },
    refused: () => refusals.unreadable + refusals.late + refusals.stray,
    closing: () => [
      ...Object.entries(meanings).flatMap(([why, meaning]) => {
        const count = Object.entries(refusals).find(([name]) => name === why)?.[1] ?? 0
        return count === 0 ? [] : [`Refused lines: ${count} ${meaning}.`]
      }),
      ...[...notes].map(([words, { times, first }]) =>
        harmless(`Note: ${words} (${times === 1 ? '' : `${times} times, first `}${first}).`, longestCharacters),
      ),
    ],
  }
}
