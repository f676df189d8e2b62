import { request } from 'node:http'
import { expect, test } from 'vitest'
import type { FeedReport } from '../../domain/batch.ts'
import { isHealthy, serveHealth } from '../../watcher/health.ts'

const down: FeedReport = {
  cluster: 'plant',
  feed: 'node-1',
  brokers: ['node-1'],
  state: 'down',
  since: '2026-11-22T10:00:00.000Z',
  problem: 'nobody listens',
  rejected: {},
  rejectionSamples: [],
}

async function serve(stuckMs: number, spooled = 0) {
  const backlog = { batches: 3, bytes: 300, spooled, stuckMs, dropped: 0 }
  return serveHealth({ feeds: () => [down], backlog: () => backlog }, 0)
}

test('a feed that is down does not make the process unhealthy, and is told', async () => {
  const endpoint = await serve(1000)
  const response = await fetch(`http://127.0.0.1:${endpoint.port}/health`)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    healthy: true,
    backlog: { batches: 3 },
    feeds: [{ problem: 'nobody listens' }],
  })
  expect(await isHealthy(endpoint.port)).toBe(true)
  await endpoint.close()
})

test('a shipper stuck for more than five minutes does', async () => {
  const endpoint = await serve(300_001)
  expect((await fetch(`http://127.0.0.1:${endpoint.port}/health`)).status).toBe(503)
  expect(await isHealthy(endpoint.port)).toBe(false)
  await endpoint.close()
})

test('a shipper stuck for long is no reason to be started again while its batches are safe on disk', async () => {
  const endpoint = await serve(300_001, 3)
  expect(await isHealthy(endpoint.port)).toBe(true)
  await endpoint.close()
})

test('nobody there is not healthy', async () => {
  const endpoint = await serve(0)
  await endpoint.close()
  expect(await isHealthy(endpoint.port)).toBe(false)
})

test('a page that calls it by another name is turned away', async () => {
  const endpoint = await serve(0)
  const status = await new Promise((resolve, reject) => {
    request({ port: endpoint.port, path: '/health', headers: { host: 'rebound.example' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  expect(status).toBe(403)
  await endpoint.close()
})
