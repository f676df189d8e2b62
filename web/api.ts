/** Asks the API that served the page: token, `If-None-Match`, lists to their end, answers checked against their schema. */
import * as z from 'zod/mini'
import type { AnswerOf, InputOf, Operation } from '../api/operation.ts'
import { requestOf } from '../api/request.ts'
import { noConnection, strangeAnswer, type Trouble, troubleOf } from './trouble.ts'

export type Reply<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly trouble: Trouble }

export interface Api {
  /** One answer. */
  readonly ask: <Asked extends Operation>(
    operation: Asked,
    input: InputOf<Asked>,
    signal?: AbortSignal,
  ) => Promise<Reply<AnswerOf<Asked>>>
  /** A list with all its pages joined, at most `mostPages`; where more was left, it still has its `next`. */
  readonly askAll: <Asked extends Operation>(
    operation: Asked,
    input: InputOf<Asked>,
    signal?: AbortSignal,
  ) => Promise<Reply<AnswerOf<Asked>>>
  /** What this page may do; undefined where nobody says so. */
  readonly session: () => Promise<Session | undefined>
}

const SessionSchema = z.object({ mode: z.string(), mayRead: z.boolean(), mayAct: z.boolean() })
export type Session = Readonly<z.infer<typeof SessionSchema>>

export interface ApiPorts {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>
  readonly token: () => string | undefined
}

/** Answers that are kept to be compared with what the API has now. */
const mostKept = 60
const mostPages = 20

interface Kept {
  readonly etag: string
  readonly body: unknown
}

/** The only way in which pages speak with the API. */
export function createApi({ fetch, token }: ApiPorts): Api {
  const kept = new Map<string, Kept>()

  async function send(
    request: { method: string; path: string; body?: string },
    signal?: AbortSignal,
  ): Promise<Reply<unknown>> {
    const { method, path, body } = request
    const known = method === 'GET' ? kept.get(path) : undefined
    const bearer = token()
    try {
      const response = await fetch(path, {
        method,
        cache: 'no-store',
        headers: {
          accept: 'application/json',
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(known === undefined ? {} : { 'if-none-match': known.etag }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      })
      if (response.status === 304 && known !== undefined) return { ok: true, value: known.body }
      const answered = jsonOf(await response.text())
      if (!response.ok) return { ok: false, trouble: troubleOf(response.status, answered) }
      const etag = response.headers.get('etag')
      kept.delete(path)
      if (method === 'GET' && etag !== null) kept.set(path, { etag, body: answered })
      const oldest = kept.keys().next()
      if (kept.size > mostKept && oldest.done === false) kept.delete(oldest.value)
      return { ok: true, value: answered }
    } catch {
      return { ok: false, trouble: noConnection }
    }
  }

  return {
    ask: async (operation, input, signal) => checked(operation, await send(requestOf(operation, input), signal)),
    askAll: async (operation, input, signal) => {
      const rows: unknown[] = []
      let cursor: string | undefined
      for (let page = 1; ; page += 1) {
        const { method, path } = requestOf(operation, input)
        const joint = path.includes('?') ? '&' : '?'
        const reply = await send(
          { method, path: cursor === undefined ? path : `${path}${joint}cursor=${cursor}` },
          signal,
        )
        const part = reply.ok ? z.safeParse(PageSchema, reply.value) : undefined
        const own = part?.success === true ? z.safeParse(RowsSchema, part.data[operation.rows ?? '']) : undefined
        if (!reply.ok || part?.success !== true || own?.success !== true) return checked(operation, reply)
        for (const row of own.data) rows.push(row)
        cursor = part.data.next
        if (cursor === undefined || page === mostPages) {
          return checked(operation, { ok: true, value: { ...part.data, [operation.rows ?? '']: rows } })
        }
      }
    },
    session: async () => {
      const reply = await send({ method: 'GET', path: '/session' })
      const read = reply.ok ? z.safeParse(SessionSchema, reply.value) : undefined
      return read?.success === true ? read.data : undefined
    },
  }
}

const PageSchema = z.looseObject({ next: z.optional(z.string()) })
const RowsSchema = z.array(z.unknown())

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the answer has beside what the schema knows is dropped, so that an older page reads a newer API. */
function checked<Asked extends Operation>(operation: Asked, reply: Reply<unknown>): Reply<AnswerOf<Asked>> {
  if (!reply.ok) return reply
  const schema: Asked['answer'] = operation.answer
  const strict = z.safeParse(schema, reply.value)
  const read = strict.success ? strict : z.safeParse(schema, withoutUnknown(reply.value, strict.error.issues))
  return read.success ? { ok: true, value: read.data } : { ok: false, trouble: strangeAnswer }
}

function withoutUnknown(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value)
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue
    let place: unknown = copy
    for (const step of issue.path) place = isObject(place) ? Reflect.get(place, step) : undefined
    for (const key of issue.keys) if (isObject(place)) Reflect.deleteProperty(place, key)
  }
  return copy
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
