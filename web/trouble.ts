/** Why there is no answer, in a sentence that says what to do. */
import * as z from 'zod/mini'
import { ProblemSchema } from '../api/operation.ts'
import { harmless } from '../domain/text.ts'

export interface Trouble {
  /** Of HTTP; 0: nobody answered. */
  readonly status: number
  readonly sentence: string
  /** `token`: the link with the token is needed. `absent`: there is no such thing. `later`: asking again may help. */
  readonly kind: 'token' | 'absent' | 'later' | 'wrong'
}

export const noConnection: Trouble = {
  status: 0,
  sentence: 'Keepwatch does not answer. Is it still running? The page asks again by itself.',
  kind: 'later',
}

export const strangeAnswer: Trouble = {
  status: 200,
  sentence: 'The answer is not what this page expects. Page and API are of different versions: load the page again.',
  kind: 'wrong',
}

/** What an answer other than 2xx means. `body` is what came with it, of any form. */
export function troubleOf(status: number, body: unknown): Trouble {
  const told = z.safeParse(ProblemSchema, body)
  const detail = told.success ? harmless(told.data.detail, 500) : undefined
  if (status === 401 || status === 403) {
    const sentence = 'This needs the token of this start: open the link that was printed where Keepwatch was started.'
    return { status, sentence, kind: 'token' }
  }
  if (status === 404) return { status, sentence: sentenceOf(detail ?? 'there is no such thing'), kind: 'absent' }
  if (status === 429) return { status, sentence: 'Too many requests: the page waits and asks again.', kind: 'later' }
  if (status === 503) {
    return { status, sentence: 'Keepwatch is starting, or busy. The page asks again by itself.', kind: 'later' }
  }
  if (status >= 500) {
    const sentence = `Keepwatch failed to answer (${status}${detail === undefined ? '' : `: ${detail}`}). The page asks again by itself.`
    return { status, sentence, kind: 'later' }
  }
  return { status, sentence: sentenceOf(detail ?? `the request was refused (${status})`), kind: 'wrong' }
}

function sentenceOf(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}
