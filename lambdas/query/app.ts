/** The query API as one application, with the description of all that the HTTP API answers. */
import type { Hono } from 'hono'
import { acts } from '../../api/acts.ts'
import { createApp, type LogPorts } from '../http/app.ts'
import { openApi } from './openapi.ts'
import type { QueryPorts } from './route.ts'
import { routes } from './routes/index.ts'

export function createQueryApp(ports: QueryPorts & LogPorts): Hono {
  const app = createApp(routes, ports)
  const description = openApi([...routes, ...acts])
  app.get('/v1/openapi.json', (context) => context.json(description))
  return app
}
