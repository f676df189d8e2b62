/** The query API as one application, with the description of all that the HTTP API answers. */
import type { Hono } from 'hono'
import { acts } from '../../api/acts.ts'
import type { AnswerOf, Operation } from '../../api/operation.ts'
import { createApp, type LogPorts } from '../http/app.ts'
import { description, openApi } from './openapi.ts'
import { type QueryPorts, route } from './route.ts'
import { routes } from './routes/index.ts'

/** Everything that is described, but the webhook. */
const operations: readonly Operation[] = [...routes, ...acts, description]

export function createQueryApp(ports: QueryPorts & LogPorts): Hono {
  // Made when it is asked for: a function starts sooner.
  let made: AnswerOf<typeof description> | undefined
  const describe = route(description, async () => Promise.resolve({ ok: true, body: (made ??= openApi(operations)) }))
  return createApp([...routes, describe], ports)
}
