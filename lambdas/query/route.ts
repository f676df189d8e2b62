/** A route is data: its path, what it takes, what it answers, and the step. The app and OpenAPI are made from it. */
import * as z from 'zod/mini'
import type { Settings } from '../../domain/settings.ts'
import type { Table } from '../../store/table.ts'

export interface QueryPorts {
  readonly settings: Settings
  readonly tables: {
    readonly events: Table
    readonly minutes: Table
    readonly state: Table
    readonly alerts: Table
  }
  readonly nowMs: () => number
}

/** What a step answers: a body, or a problem of the caller's making. */
export type Answer<Body> =
  | { readonly ok: true; readonly body: Body }
  | { readonly ok: false; readonly problem: Problem }

/** RFC 9457. `parameter` names what was wrong in the request. */
export interface Problem {
  readonly status: 400 | 404
  readonly title: string
  readonly detail: string
  readonly parameter?: string
}

export interface Route {
  readonly path: string
  readonly summary: string
  readonly params: z.ZodMiniObject
  readonly query: z.ZodMiniObject
  readonly answer: z.ZodMiniType
  readonly handle: (input: { params: unknown; query: unknown }, ports: QueryPorts) => Promise<Checked>
}

export type Checked = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly problem: Problem }

/** Makes a route whose step gets its parameters checked and typed, and whose answer has the type it documents. */
export function route<
  Params extends z.core.$ZodShape,
  Query extends z.core.$ZodShape,
  Body extends z.ZodMiniType,
>(definition: {
  readonly path: string
  readonly summary: string
  readonly params: z.ZodMiniObject<Params>
  readonly query: z.ZodMiniObject<Query>
  readonly answer: Body
  readonly handle: (
    input: { params: z.infer<z.ZodMiniObject<Params>>; query: z.infer<z.ZodMiniObject<Query>> },
    ports: QueryPorts,
  ) => Promise<Answer<z.infer<Body>>>
}): Route {
  return {
    path: definition.path,
    summary: definition.summary,
    params: definition.params,
    query: definition.query,
    answer: definition.answer,
    handle: async (input, ports) => {
      const params = z.safeParse(definition.params, input.params)
      if (!params.success) return wrongParameter(params.error.issues[0])
      const query = z.safeParse(definition.query, input.query)
      if (!query.success) return wrongParameter(query.error.issues[0])
      return definition.handle({ params: params.data, query: query.data }, ports)
    },
  }
}

function wrongParameter(issue: z.core.$ZodIssue | undefined): Checked {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const parameter = unknown ?? String(issue?.path[0] ?? '')
  const detail = unknown === undefined ? (issue?.message ?? '') : 'there is no such parameter'
  return badRequest(parameter, detail)
}

export function badRequest(parameter: string, detail: string): { ok: false; problem: Problem } {
  return {
    ok: false,
    problem: { status: 400, title: 'Wrong parameter', detail: `${parameter}: ${detail}`, parameter },
  }
}

export function notFound(detail: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { status: 404, title: 'Not found', detail } }
}

/** `next` of a page, where there is one. */
export function nextOf({ next }: { readonly next?: string }): { next?: string } {
  return next === undefined ? {} : { next }
}
