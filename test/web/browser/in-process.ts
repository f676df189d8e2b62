/** The page before the real functions over real tables, in this process and at a time of its own: quick to start and to end. */
import { createApp } from '../../../lambdas/http/app.ts'
import { functionOf } from '../../../lambdas/http/function.ts'
import { routes as acts } from '../../../lambdas/operate/routes.ts'
import { createQueryApp } from '../../../lambdas/query/app.ts'
import { eventOf, matchRoute, plainError, responseOf } from '../../../local/http-event.ts'
import { bodyOf } from '../../../local/loopback.ts'
import { openSite, type Site } from '../../../local/site.ts'
import { buildPage } from '../../../web/build.ts'
import { startTables, type TestTables } from '../../tables.ts'
import { settingsOf } from './record.ts'

const plans = ['GET', 'POST', 'DELETE'].map((method) => ({
  key: `${method} /v1/{proxy+}`,
  authorization: 'NONE',
  functionArn: method === 'GET' ? 'query' : 'operate',
}))

export interface SmallStage {
  readonly origin: string
  readonly tables: TestTables
  readonly token: () => string
  /** The server goes away, and comes back on its port. */
  readonly leave: () => Promise<void>
  readonly comeBack: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Serves the page over empty tables. */
export async function openSmallStage(
  options: { configuration?: object; nowMs?: () => number } = {},
): Promise<SmallStage> {
  const { nowMs = Date.now } = options
  const settings = settingsOf(options.configuration)
  const [{ tables, stop }, page] = await Promise.all([startTables(), buildPage()])
  const log = { info: () => undefined, error: (...fault: unknown[]) => console.error(...fault) }
  const ports = { settings, tables, log, nowMs }
  const functions = { query: functionOf(createQueryApp(ports)), operate: functionOf(createApp(acts, ports)) }
  const open = async (port: number) =>
    openSite({
      port,
      page,
      session: (hasToken) => ({ mode: 'local', mayRead: true, mayAct: hasToken }),
      answer: async ({ request, method, path, query }) => {
        const match = matchRoute(plans, { method, path })
        if (match === undefined) return plainError(404, 'Not Found')
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        )
        const body = (await bodyOf(request, 100_000)) ?? Buffer.alloc(0)
        const plain = { method, target: request.url ?? '/', headers, body, sourceIp: '127.0.0.1' }
        const payload = eventOf(plain, { match, path, query, api: 'api', id: 'id', nowMs: nowMs() })
        const own = functions[match.route.functionArn === 'query' ? 'query' : 'operate']
        return responseOf(await own(JSON.parse(JSON.stringify(payload))))
      },
    })
  let site: Site = await open(0)
  const { port } = site
  return {
    origin: `http://127.0.0.1:${port}`,
    tables,
    token: () => site.token,
    leave: async () => site.stop(),
    comeBack: async () => {
      site = await open(port)
    },
    stop: async () => {
      await site.stop()
      await stop()
    },
  }
}
