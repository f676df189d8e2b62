/** What the tests of commands that ask stand on: a small record, served by the real query and operate applications over HTTP. */
import { type Server, createServer } from 'node:http'
import { text as bodyText } from 'node:stream/consumers'
import { checkSettings } from '../../domain/settings-check.ts'
import { createApp } from '../../lambdas/http/app.ts'
import { routes } from '../../lambdas/operate/routes.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { commands } from '../../cli/commands.ts'
import { startTables, type TestTables } from '../tables.ts'

export interface Served {
  readonly tables: TestTables
  readonly url: string
  /** Paths with their queries, as they were asked for. */
  readonly asked: string[]
  /** As a restart: connections end, and nobody answers. */
  readonly close: () => Promise<void>
  /** Answers again at the same address. */
  readonly open: () => Promise<void>
  /** Called before each answer; true: the connection is cut instead. */
  cut: (path: string) => boolean
  readonly stop: () => Promise<void>
}

export interface ServedOptions {
  /** By cluster: the brokers that the configuration names. */
  readonly clusters?: Readonly<Record<string, readonly string[]>>
  readonly nowMs?: () => number
}

/** Starts tables and both applications; `stop` leaves nothing running. */
export async function serve({
  clusters = { plant: ['b1', 'b2'] },
  nowMs = Date.now,
}: ServedOptions = {}): Promise<Served> {
  const { tables, stop } = await startTables()
  const checked = checkSettings({
    clusters: Object.entries(clusters).map(([name, brokers]) => ({
      name,
      dialect: 'mosquitto',
      feeds: brokers.map((broker) => ({ broker, url: 'mqtt://127.0.0.1' })),
    })),
  })
  if (!checked.ok) throw new Error('wrong settings')
  const log = { info: () => undefined, error: (...fields: unknown[]) => console.error(...fields) }
  const ports = { settings: checked.settings, tables, log, nowMs }
  const [query, operate] = [createQueryApp(ports), createApp(routes, ports)]
  let server: Server
  let port = 0
  const open = async () => {
    server = createServer((request, response) => {
      void (async () => {
        const path = request.url ?? ''
        served.asked.push(path)
        if (served.cut(path)) return request.socket.destroy()
        const { method = 'GET' } = request
        const body = await bodyText(request)
        const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
          typeof value === 'string' ? [[name, value]] : [],
        )
        const answer = await (method === 'GET' ? query : operate).request(path, {
          method,
          headers,
          ...(body === '' ? {} : { body }),
        })
        response.writeHead(answer.status, Object.fromEntries(answer.headers))
        response.end(Buffer.from(await answer.arrayBuffer()))
      })()
    })
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  }
  const close = async () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  await open()
  const served: Served = {
    tables,
    url: `http://127.0.0.1:${port}`,
    asked: [],
    close,
    open,
    cut: () => false,
    stop: async () => {
      await close()
      await stop()
    },
  }
  return served
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in this process, such as `run({ columns: 60 }, 'events', 'pump-17')`. */
export async function run(
  { columns, hasColours = false }: { readonly columns?: number; readonly hasColours?: boolean },
  name: string,
  ...args: readonly string[]
): Promise<Ran> {
  let out = ''
  let err = ''
  const command = await commands.find((each) => each.name === name)?.load()
  if (command === undefined) throw new Error(`no command ${name}`)
  const code = await command.call(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    hasColours,
    columns,
    isWatched: false,
  })
  return { code, out, err }
}

/** A client id that would act on a terminal and in a table if it were let. */
export const hostile = 'pump \u001b[31m\u202e17\n\u0085=1+1'
/** As long as MQTT allows. */
export const endless = 'x'.repeat(60_000)

/** Characters that act on a terminal, but the line breaks of the text itself. */
export const actsOnTerminal = /[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u
