/** The query API as one Hono application: the same wherever it runs. */
import { type Context, Hono } from 'hono'
import { openApi } from './openapi.ts'
import { badRequest, type Problem, type QueryPorts } from './route.ts'
import { routes } from './routes/index.ts'

export interface AppPorts extends QueryPorts {
  readonly log: { readonly error: (message: string, fields: Record<string, string>) => void }
}

export function createApp(ports: AppPorts): Hono {
  const app = new Hono()
  const description = openApi(routes)
  app.get('/v1/openapi.json', (context) => context.json(description))
  for (const route of routes) {
    app.get(route.path, async (context) => {
      const repeated = repeatedParameter(context)
      if (repeated !== undefined) return answerProblem(context, badRequest(repeated, 'may be given once').problem)
      const answer = await route.handle({ params: context.req.param(), query: context.req.query() }, ports)
      if (!answer.ok) return answerProblem(context, answer.problem)
      return context.json(answer.body, 200, { 'cache-control': 'no-store' })
    })
  }
  app.notFound((context) =>
    answerProblem(context, {
      status: 404,
      title: 'Not found',
      detail: `There is no ${context.req.path.slice(0, 200)}; /v1/openapi.json tells what there is`,
    }),
  )
  app.onError((error, context) => {
    ports.log.error('a request failed', { path: context.req.path, error: `${error.name}: ${error.message}` })
    const body = { type: 'about:blank', status: 500, title: 'Internal error', detail: 'It was logged; try again.' }
    return context.body(JSON.stringify(body), 500, { 'content-type': 'application/problem+json' })
  })
  return app
}

function repeatedParameter(context: Context): string | undefined {
  return Object.entries(context.req.queries()).find(([, values]) => values.length > 1)?.[0]
}

function answerProblem(context: Context, problem: Problem): Response {
  return context.body(JSON.stringify({ type: 'about:blank', ...problem }), problem.status, {
    'content-type': 'application/problem+json',
  })
}
