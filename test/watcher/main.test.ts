import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { startFauxqs } from 'fauxqs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { decodeBatch } from '../../codec/batch.ts'
import { connectDevice, createCleanup, freePort, removeFolder, startAedes, until } from './stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepwatch-watcher-'))
const cleanup = createCleanup()

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('../../watcher/main.ts', import.meta.url))],
    outfile: join(folder, 'main.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
  })
})
afterEach(cleanup.run)
afterAll(() => removeFolder(folder))

interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  readonly faults: () => string
  readonly exitCode: Promise<number | null>
}

/** Runs the bundle with just this environment; killed after the test if it is still there. */
function run(environment: Readonly<Record<string, string>>, ...flags: string[]): Running {
  const child = spawn(process.execPath, [join(folder, 'main.mjs'), ...flags], {
    env: { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', ...environment },
  })
  let output = ''
  let faults = ''
  child.stdout.on('data', (text) => (output += String(text)))
  child.stderr.on('data', (text) => (faults += String(text)))
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve))
  cleanup.defer(async () => {
    child.kill('SIGKILL')
    await exitCode
  })
  return { child, output: () => output, faults: () => faults, exitCode }
}

function writeSettings(name: string, settings: unknown): string {
  writeFileSync(join(folder, name), JSON.stringify(settings))
  return name
}

test('the bundle watches, answers for its health, and sends all it has on SIGTERM', async () => {
  const queueServer = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' })
  cleanup.defer(async () => queueServer.stop())
  queueServer.createQueue('batches')
  const port = await freePort()
  const broker = await startAedes(port)
  cleanup.defer(broker.kill)
  const feed = { broker: 'node-1', url: `mqtt://127.0.0.1:${port}` }
  const healthPort = String(await freePort())
  const { child, output, faults, exitCode } = run({
    QUEUE_URL: `http://127.0.0.1:${queueServer.port}/000000000000/batches`,
    SLOT: 'a',
    SETTINGS_FILE: writeSettings('keepwatch.json', { clusters: [{ name: 'plant', dialect: 'aedes', feeds: [feed] }] }),
    HEALTH_PORT: healthPort,
    SPOOL_FOLDER: join(folder, 'spool'),
    SPOOL_BYTES: '1000000',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${queueServer.port}`,
  })
  await until('the feed to be up', () => output().includes('feed is up'))
  expect(await run({ HEALTH_PORT: healthPort }, '--health').exitCode).toBe(0)

  await (await connectDevice(port, 'pump-1')).endAsync()
  child.kill('SIGTERM')
  expect(await exitCode).toBe(0)
  const bodies = queueServer.inspectQueue('batches')?.messages.ready.map(({ body }) => body) ?? []
  const decoded = await Promise.all(bodies.map(decodeBatch))
  const batches = decoded.flatMap((outcome) => (outcome.ok ? [outcome.batch] : []))
  expect(batches).toHaveLength(bodies.length)
  expect(batches.flatMap(({ events }) => events)).toContainEqual(
    expect.objectContaining({ type: 'disconnected', clientId: 'pump-1', broker: 'node-1' }),
  )
  expect(output()).toContain('drained and stopped')
  expect(faults()).toBe('')
  for (const line of output().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
  expect(await run({ HEALTH_PORT: healthPort }, '--health').exitCode).toBe(1)
})

test('a wrong configuration names every fault, starts nothing and ends with 2', async () => {
  const SETTINGS_FILE = writeSettings('wrong.json', {
    clusters: [{ name: 'plant', dialect: 'nats', feeds: [{ url: 'http://x', password: 'hunter2' }] }],
  })
  const { output, exitCode } = run({
    QUEUE_URL: 'http://127.0.0.1:1/x',
    SLOT: 'a',
    SETTINGS_FILE,
    HEALTH_PORT: '0',
    SPOOL_FOLDER: join(folder, 'spool'),
    SPOOL_BYTES: '1000000',
  })
  expect(await exitCode).toBe(2)
  for (const path of ['clusters[0].dialect', 'clusters[0].feeds[0].url', 'clusters[0].feeds[0].password']) {
    expect(output()).toContain(path)
  }
  expect(output()).not.toContain('hunter2')
})

test('a missing environment is named and ends with 2', async () => {
  const { output, exitCode } = run({ SLOT: 'c' })
  expect(await exitCode).toBe(2)
  expect(output()).toContain('QUEUE_URL, SLOT, SETTINGS_FILE, HEALTH_PORT, SPOOL_FOLDER, SPOOL_BYTES')
})
