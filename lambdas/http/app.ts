/** Routes as one Hono application: the same wherever it runs. */
import { type Context, Hono } from 'hono'
import { requestOf } from '../../api/request.ts'
import { noBody } from '../../api/operation.ts'
import { harmless } from '../../domain/text.ts'
import { chooseMediaType } from './accept.ts'
import { bodyOf } from './body.ts'
import { callerOf } from './caller.ts'
import { fittingAnswer } from './fit.ts'
import { type Format, formatsOf } from './formats.ts'
import { queryOf } from './query.ts'
import type { Answer, Problem, Request, Route } from './route.ts'
import { send, sendProblem } from './send.ts'

export interface LogPorts {
  readonly log: { readonly error: (message: string, fields: Record<string, string>) => void }
}

/** Makes the application of some routes; what it throws is logged, and told to nobody else. */
export function createApp<Ports extends LogPorts>(routes: readonly Route<Ports>[], ports: Ports): Hono {
  const app = new Hono()
  for (const route of routes) {
    const formats = formatsOf(route)
    app.on(route.method, route.path, async (context) => {
      const format = formatFor(context, formats)
      if (format === undefined) return sendProblem(context, notAcceptable(formats))
      const request = await requestFor(route, context)
      if (!request.ok) return sendProblem(context, request.problem)
      const answer = await fittingAnswer(route, { request: request.body, format, ports })
      if (!answer.ok) return sendProblem(context, answer.problem)
      const { text, next, identity } = answer.body
      return send(context, {
        text,
        contentType: format.contentType,
        // What an act answers is told once.
        ...(route.method === 'get' ? { identity } : {}),
        next: next === undefined ? undefined : pathOf(route, request.body, next),
      })
    })
  }
  app.notFound((context) =>
    sendProblem(context, {
      status: 404,
      title: 'Not found',
      detail: `There is no ${context.req.method} ${harmless(context.req.path)}; /v1/openapi.json tells what there is`,
    }),
  )
  app.onError((error, context) => {
    ports.log.error('a request failed', { path: context.req.path, error: `${error.name}: ${error.message}` })
    return sendProblem(context, { status: 500, title: 'Internal error', detail: 'It was logged; try again.' })
  })
  return app
}

function formatFor(context: Context, formats: readonly Format[]): Format | undefined {
  const offered = formats.map(({ mediaType }) => mediaType)
  const chosen = chooseMediaType(context.req.header('accept'), offered)
  return formats.find(({ mediaType }) => mediaType === chosen)
}

function notAcceptable(formats: readonly Format[]): Problem {
  const offered = formats.map(({ mediaType }) => mediaType).join(', ')
  return { status: 406, title: 'Not acceptable', detail: `Accept must allow one of ${offered}` }
}

async function requestFor<Ports>(route: Route<Ports>, context: Context): Promise<Answer<Request>> {
  const query = queryOf(new URL(context.req.url).search, Object.keys(route.query.shape))
  if (!query.ok) return query
  const body = route.body === noBody ? { ok: true as const, body: undefined } : await bodyOf(context.req)
  if (!body.ok) return body
  const params = context.req.param()
  return { ok: true, body: { params, query: query.body, body: body.body, by: harmless(callerOf(context.env)) } }
}

function pathOf<Ports>(route: Route<Ports>, { params, query }: Request, next: string): string {
  return requestOf(route, { params, query: { ...query, cursor: next } }).path
}
