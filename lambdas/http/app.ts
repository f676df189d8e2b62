/** Routes as one Hono application: the same wherever it runs. */
import { type Context, Hono } from 'hono'
import { harmless } from '../../domain/text.ts'
import { bodyOf } from './body.ts'
import { callerOf } from './caller.ts'
import { noBody } from '../../api/operation.ts'
import { type Answer, badRequest, type Problem, type Route } from './route.ts'

export interface LogPorts {
  readonly log: { readonly error: (message: string, fields: Record<string, string>) => void }
}

/** Makes the application of some routes; what it throws is logged, and told to nobody else. */
export function createApp<Ports extends LogPorts>(routes: readonly Route<Ports>[], ports: Ports): Hono {
  const app = new Hono()
  for (const route of routes) {
    app.on(route.method, route.path, async (context) => {
      const answer = await answerOf(route, context, ports)
      if (!answer.ok) return answerProblem(context, answer.problem)
      return context.json(answer.body, 200, { 'cache-control': 'no-store' })
    })
  }
  app.notFound((context) =>
    answerProblem(context, {
      status: 404,
      title: 'Not found',
      detail: `There is no ${context.req.method} ${context.req.path.slice(0, 200)}; /v1/openapi.json tells what there is`,
    }),
  )
  app.onError((error, context) => {
    ports.log.error('a request failed', { path: context.req.path, error: `${error.name}: ${error.message}` })
    return answerProblem(context, { status: 500, title: 'Internal error', detail: 'It was logged; try again.' })
  })
  return app
}

async function answerOf<Ports>(route: Route<Ports>, context: Context, ports: Ports): Promise<Answer<unknown>> {
  const repeated = Object.entries(context.req.queries()).find(([, values]) => values.length > 1)?.[0]
  if (repeated !== undefined) return badRequest(repeated, 'may be given once')
  const body = route.body === noBody ? { ok: true as const, body: undefined } : await bodyOf(context.req)
  if (!body.ok) return body
  const input = { params: context.req.param(), query: context.req.query(), body: body.body }
  return route.handle({ ...input, by: harmless(callerOf(context.env)) }, ports)
}

function answerProblem(context: Context, problem: Omit<Problem, 'status'> & { status: Problem['status'] | 500 }) {
  return context.body(JSON.stringify({ type: 'about:blank', ...problem }), problem.status, {
    'content-type': 'application/problem+json',
  })
}
