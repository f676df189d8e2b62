import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startContainer } from '../../local/container.ts'
import type { ContainerPlan } from '../../local/container-plan.ts'
import { Teardown } from '../../local/lifecycle.ts'
import { until } from './stage.ts'

/** Serves its health, tells who it is, drains on SIGTERM, dies when asked. */
const program = `
import { createServer } from 'node:http'
if (process.argv[2] === '--health') {
  const answer = await fetch('http://127.0.0.1:' + process.env.HEALTH_PORT).catch(() => undefined)
  process.exit(answer?.ok ? 0 : 1)
}
const server = createServer((request, response) => {
  if (request.url === '/die') process.exit(3)
  response.end(JSON.stringify({ ...process.env, cwd: process.cwd() }))
})
server.listen(Number(process.env.HEALTH_PORT), '127.0.0.1', () => {
  process.stdout.write(JSON.stringify({ level: 'info', message: 'port ' + process.env.HEALTH_PORT }) + '\\n')
})
process.on('SIGTERM', () => {
  process.stdout.write(JSON.stringify({ level: 'info', message: 'drained' }) + '\\n')
  process.exit(0)
})
`
let folder: string
let teardown: Teardown
beforeEach(() => {
  teardown = new Teardown()
  folder = mkdtempSync(join(tmpdir(), 'keepwatch-image-'))
  writeFileSync(join(folder, 'main.mjs'), program)
})
afterEach(async () => {
  await teardown.run()
  rmSync(folder, { recursive: true, force: true })
})

const plan = (): ContainerPlan => ({
  identity: 'Test.Task',
  label: 'Slot',
  roleArn: undefined,
  folder,
  command: ['node', 'main.mjs'],
  environment: { HEALTH_PORT: '8080', SLOT: 'a' },
  stopTimeoutSeconds: 10,
  healthCheck: {
    Command: ['CMD', 'node', 'main.mjs', '--health'],
    Interval: 30,
    Timeout: 5,
    Retries: 3,
    StartPeriod: 0,
  },
})

async function start() {
  const said: string[] = []
  const container = await startContainer({
    plan: plan(),
    credentials: { accessKeyId: 'Test.Task.key', secretAccessKey: 'local' },
    gatewayUrl: 'http://127.0.0.1:9',
    verbose: false,
    say: (line) => void said.push(line),
    pauseMs: 10,
  })
  teardown.add('the container', container.stop)
  const port = () => Number(/port (\d+)/.exec(said.join('\n'))?.[1])
  return { container, said, port }
}

it('runs its command in its image’s folder with the template’s environment, the gateway, and a port of its own', async () => {
  process.env['KEEPWATCH_TEST_SECRET'] = 'of this machine'
  const { container, port } = await start()
  expect(await container.healthy(20_000)).toBe(true)
  expect(port()).not.toBe(8080)
  const told: unknown = await (await fetch(`http://127.0.0.1:${port()}`)).json()
  expect(told).toMatchObject({
    SLOT: 'a',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: 'Test.Task.key',
    AWS_REGION: 'us-east-1',
  })
  expect(told).not.toHaveProperty('KEEPWATCH_TEST_SECRET')
  delete process.env['KEEPWATCH_TEST_SECRET']
})

it('is started again when it ends, and that is said', async () => {
  const { container, said, port } = await start()
  await container.healthy(20_000)
  const before = container.pid()
  await fetch(`http://127.0.0.1:${port()}/die`).catch(() => undefined)
  await until('another process healthy', async () => container.pid() !== before && (await container.healthy(100)))
  expect(said.some((line) => /Slot ended \(exit 3\); it starts again/.test(line))).toBe(true)
})

it('drains on stop, and is not started again', async () => {
  const { container, said } = await start()
  await container.healthy(20_000)
  await container.stop()
  expect(said).toContain('Slot: drained')
  expect(container.pid()).toBeUndefined()
  expect(said.some((line) => line.includes('starts again'))).toBe(false)
})

it('a container that ignores SIGTERM is killed after its stop timeout', async () => {
  writeFileSync(
    join(folder, 'main.mjs'),
    `process.on('SIGTERM', () => {}); console.log('{"level":"info","message":"up"}'); setInterval(() => {}, 1000)`,
  )
  const said: string[] = []
  const container = await startContainer({
    plan: { ...plan(), stopTimeoutSeconds: 0.2, healthCheck: undefined },
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    gatewayUrl: 'http://127.0.0.1:9',
    verbose: false,
    say: (line) => void said.push(line),
  })
  await until('the container up', () => said.includes('Slot: up'))
  const pid = container.pid() ?? 0
  await container.stop()
  expect(isAlive(pid)).toBe(false)
})

it('ends with whoever started it, also by kill -9', async () => {
  const starter = join(folder, 'starter.ts')
  const module = new URL('../../local/container.ts', import.meta.url).href
  writeFileSync(
    starter,
    `import { startContainer } from ${JSON.stringify(module)}
    const container = await startContainer({ plan: ${JSON.stringify(plan())}, credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      gatewayUrl: 'http://127.0.0.1:9', verbose: false, say: () => undefined })
    await container.healthy(20000)
    console.log(container.pid())`,
  )
  const parent = spawn(process.execPath, [starter], { stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = await new Promise<number>((done) => parent.stdout.once('data', (data: Buffer) => done(Number(data))))
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await until('the container gone', () => !isAlive(pid))
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
