/** A route is an operation with its step, which gets its input checked and typed. */
import * as z from 'zod/mini'
import type { Operation } from '../../api/operation.ts'

/** What a step answers: a body, or a problem of the caller's making. */
export type Answer<Body> =
  | { readonly ok: true; readonly body: Body }
  | { readonly ok: false; readonly problem: Problem }

/** RFC 9457. `parameter` names what was wrong in the request. */
export interface Problem {
  readonly status: 400 | 404 | 406 | 409 | 413 | 415
  readonly title: string
  readonly detail: string
  readonly parameter?: string
}

/** A request whose parts are still unchecked. */
export interface Request {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  /** Who asks. */
  readonly by: string
}

/** An operation with its step. */
export interface Route<Ports> extends Operation {
  readonly handle: (request: Request, ports: Ports) => Promise<Answer<unknown>>
}

/** Gives an operation its step, which gets its input checked and typed, and whose answer has the type it documents. */
export function routeOf<
  Params extends z.ZodMiniObject,
  Query extends z.ZodMiniObject,
  Body extends z.ZodMiniType,
  Result extends z.ZodMiniType,
  Ports,
>(
  operation: Operation<Params, Query, Body, Result>,
  step: (
    input: { params: z.infer<Params>; query: z.infer<Query>; body: z.infer<Body>; by: string },
    ports: Ports,
  ) => Promise<Answer<z.infer<Result>>>,
): Route<Ports> {
  return {
    ...operation,
    handle: async (request, ports) => {
      const params = z.safeParse(operation.params, request.params)
      if (!params.success) return wrong(params.error.issues[0])
      const query = z.safeParse(operation.query, request.query)
      if (!query.success) return wrong(query.error.issues[0])
      const body = z.safeParse(operation.body, request.body)
      if (!body.success) return wrong(body.error.issues[0], 'body')
      return step({ params: params.data, query: query.data, body: body.data, by: request.by }, ports)
    },
  }
}

function wrong(issue: z.core.$ZodIssue | undefined, whole = ''): Answer<never> {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const parameter = unknown ?? (issue?.path.map(String).join('.') || whole)
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
