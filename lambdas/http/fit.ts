/** Answers that are not larger than a function may hand out: a list that would be is told as a shorter page. */
import { type Format, nextIn, rowsOf } from './formats.ts'
import type { Answer, Request, Route } from './route.ts'

/** Lambda hands out 6 MiB at most; the rest is for status and headers. */
export const maxPayloadBytes = 6_000_000

export interface Told {
  readonly text: string
  readonly next: string | undefined
  /** What it is known again by: the same answer, wherever it ends, is the same. */
  readonly identity: string
}

/** An answer in the form that was asked for. Where it is too large, the same list is asked for fewer rows. */
export async function fittingAnswer<Ports>(
  route: Route<Ports>,
  asked: { readonly request: Request; readonly format: Format; readonly ports: Ports },
): Promise<Answer<Told>> {
  const { format, ports } = asked
  let { request } = asked
  let fewest = Number.POSITIVE_INFINITY
  for (;;) {
    const answer = await route.handle(request, ports)
    if (!answer.ok) return answer
    const text = format.write(answer.body)
    const bytes = payloadBytes(text)
    const next = nextIn(answer.body)
    if (bytes <= maxPayloadBytes)
      return { ok: true, body: { text, next, identity: identityOf(answer.body, text, format) } }
    const count = route.rows === undefined ? 0 : rowsOf(answer.body, route.rows).length
    if (!('cursor' in route.query.shape) || count < 2 || count >= fewest) return tooLarge(bytes)
    fewest = count
    const limit = Math.max(1, Math.floor((0.9 * count * maxPayloadBytes) / bytes))
    request = { ...request, query: { ...request.query, limit: String(limit) } }
  }
}

/** What a text takes in the function's answer, which is JSON: escaped, or in base64 where it is compressed or no JSON. */
function payloadBytes(text: string): number {
  const bytes = Buffer.byteLength(text)
  // A character becomes six at most: `\u0000`.
  if (6 * bytes <= maxPayloadBytes) return bytes
  return Math.max(Buffer.byteLength(JSON.stringify(text)), Math.ceil((bytes * 4) / 3))
}

/** Where a page ends depends on when it was asked for (it keeps the end of the span); what is on it does not. */
function identityOf(body: unknown, text: string, { mediaType, write }: Format): string {
  if (nextIn(body) === undefined) return `${mediaType}\n${text}`
  return `${mediaType} and more\n${write(Object.assign({}, body, { next: '' }))}`
}

function tooLarge(bytes: number): Answer<never> {
  const detail = `It has ${bytes} bytes, and ${maxPayloadBytes} is all that can be sent: ask for a shorter span, or for less.`
  return { ok: false, problem: { status: 400, title: 'The answer is too large', detail } }
}
