/** Posts documents to the webhook, and again where it says that it cannot take them now. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod/mini'
import { secondMs } from '../../domain/time.ts'
import type { Sign } from './secret.ts'

/** `stop`: nothing that follows would be taken either. */
export type Posted =
  | { readonly kind: 'taken'; readonly events: number; readonly rejected: number; readonly why?: string | undefined }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'stop'; readonly why: string; readonly isOurFault: boolean }

const patienceMs = 30 * secondMs
const waitsMs = [500, 1000, 2000, 4000, 8000, 15_000]
const longestWaitMs = 60 * secondMs

const Answer = z.object({
  events: z.optional(z.number()),
  rejected: z.optional(z.number()),
  rejections: z.optional(z.array(z.object({ detail: z.string() }))),
  detail: z.optional(z.string()),
})
type Answer = z.infer<typeof Answer>

/** Sends documents, one a line. Never throws. */
export async function post(
  documents: readonly string[],
  to: { readonly url: string; readonly sign: Sign },
): Promise<Posted> {
  const body = documents.join('\n')
  let why = ''
  for (const waitMs of [...waitsMs, undefined]) {
    const answer = await once(body, to)
    if (answer.kind !== 'later') return answer
    why = answer.why
    if (waitMs !== undefined) await sleep(Math.min(answer.afterMs ?? waitMs, longestWaitMs))
  }
  return { kind: 'stop', why, isOurFault: false }
}

type Attempt = Posted | { readonly kind: 'later'; readonly why: string; readonly afterMs: number | undefined }

async function once(body: string, { url, sign }: { readonly url: string; readonly sign: Sign }): Promise<Attempt> {
  const headers = { 'content-type': 'application/x-ndjson', ...sign(body, Date.now()) }
  try {
    const signal = AbortSignal.timeout(patienceMs)
    // A redirect would carry the token to wherever it leads.
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    return outcomeOf(response, await answerOf(response))
  } catch (error) {
    const { cause } = error instanceof Error ? error : {}
    const fault = cause instanceof Error ? cause : error
    return {
      kind: 'later',
      why: `no answer (${fault instanceof Error ? fault.message : String(fault)})`,
      afterMs: undefined,
    }
  }
}

function outcomeOf({ status, headers }: Response, answer: Answer): Attempt {
  const { events = 0, rejected = 0, rejections = [], detail = '' } = answer
  if (status === 200) return { kind: 'taken', events, rejected, why: rejections[0]?.detail }
  const why = `answered ${status}${detail === '' ? '' : `: ${detail}`}`
  if (status === 429 || status >= 500) {
    const seconds = headers.get('retry-after') ?? ''
    return { kind: 'later', why, afterMs: /^\d{1,6}$/.test(seconds) ? Number(seconds) * secondMs : undefined }
  }
  if (status === 400 || status === 413) return { kind: 'refused', why }
  return { kind: 'stop', why, isOurFault: true }
}

async function answerOf(response: Response): Promise<Answer> {
  try {
    return Answer.parse(await response.json())
  } catch {
    return {}
  }
}
