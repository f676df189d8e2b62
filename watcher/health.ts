/** Is the process alive and does it ship? Feeds that are down are told, but they are the brokers' trouble, not its own. */
import { createServer } from 'node:http'
import { minuteMs } from '../domain/time.ts'
import type { Watcher } from './watcher.ts'

const stuckAfterMs = 5 * minuteMs

export interface HealthEndpoint {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Serves `GET /health` on loopback: 200 while the process works; 503 when nothing could be shipped for five minutes and nothing is kept on disk, which a restart would lose. */
export async function serveHealth(watcher: Pick<Watcher, 'feeds' | 'backlog'>, port: number): Promise<HealthEndpoint> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    // A page in a browser on this machine must not read it under a name of its own.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
      return answer(403, { error: 'the Host must be 127.0.0.1 or localhost' })
    }
    if (request.method !== 'GET' || request.url !== '/health')
      return answer(404, { error: 'there is only GET /health' })
    const backlog = watcher.backlog()
    const healthy = backlog.stuckMs <= stuckAfterMs || backlog.spooled > 0
    answer(healthy ? 200 : 503, { healthy, backlog, feeds: watcher.feeds() })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Asks a running watcher; false when it does not answer within three seconds or is not healthy. */
export async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(3000) })
    return response.ok
  } catch {
    return false
  }
}
