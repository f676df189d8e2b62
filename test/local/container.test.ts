import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startContainer } from '../../local/container.ts'
import type { ContainerPlan } from '../../local/container-plan.ts'
import { Teardown } from '../../local/lifecycle.ts'
import { planOf } from '../../local/plan.ts'
import { TemplateSchema } from '../../local/template.ts'
import { mountVolumes } from '../../local/volumes.ts'
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
  environment: { HEALTH_PORT: '8080', SLOT: 'a', SPOOL_FOLDER: '/app/spool' },
  mounts: [{ volume: 'spool', path: '/app/spool' }],
  stopTimeoutSeconds: 10,
  healthCheck: {
    Command: ['CMD', 'node', 'main.mjs', '--health'],
    Interval: 30,
    Timeout: 5,
    Retries: 3,
    StartPeriod: 0,
  },
})

async function start(changed: Partial<ContainerPlan> = {}) {
  const said: string[] = []
  const container = await startContainer({
    plan: { ...plan(), ...changed },
    credentials: { accessKeyId: 'Test.Task.key', secretAccessKey: 'local' },
    gatewayUrl: 'http://127.0.0.1:9',
    volumesFolder: join(folder, 'volumes'),
    verbose: false,
    say: (line) => void said.push(line),
    pauseMs: 10,
  })
  teardown.add('the container', container.stop)
  const ports = () => [...said.join('\n').matchAll(/port (\d+)/g)].map((match) => Number(match[1]))
  const port = () => ports().at(-1)
  /** The environment that the process itself tells. */
  const environment = async (): Promise<any> => (await fetch(`http://127.0.0.1:${port()}`)).json()
  return { container, said, ports, port, environment }
}

it('runs its command in its image’s folder with the template’s environment, the gateway, and a port of its own', async () => {
  process.env['KEEPWATCH_TEST_SECRET'] = 'of this machine'
  const { container, port, environment } = await start()
  expect(await container.healthy(20_000)).toBe(true)
  expect(port()).not.toBe(8080)
  const told = await environment()
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

it('two run at once, each with a port, a process and a volume of its own', async () => {
  const both = [await start({ label: 'SlotA' }), await start({ label: 'SlotB' })]
  for (const { container } of both) expect(await container.healthy(20_000)).toBe(true)
  const told = await Promise.all(both.map(async ({ environment }) => environment()))
  expect(told.map(({ SPOOL_FOLDER }) => SPOOL_FOLDER)).toEqual(
    ['SlotA', 'SlotB'].map((label) => join(folder, 'volumes', label, 'spool')),
  )
  await both[0]?.container.stop()
  expect(await both[1]?.container.healthy(20_000)).toBe(true)
})

it('has a volume for this user alone, which is still there when its process was killed', async () => {
  const given = { ...plan().environment, OTHER: '/app/spooled' }
  const { container, ports, environment } = await start({ environment: given })
  await container.healthy(20_000)
  const { SPOOL_FOLDER: spool, OTHER } = await environment()
  expect(OTHER).toBe('/app/spooled')
  expect(statSync(spool).mode & 0o777).toBe(0o700)
  writeFileSync(join(spool, 'kept'), 'batch')
  process.kill(container.pid() ?? 0, 'SIGKILL')
  await until('another process to serve', () => ports().length === 2)
  const { SPOOL_FOLDER: after } = await environment()
  expect(readFileSync(join(after, 'kept'), 'utf8')).toBe('batch')
})

it('a path below a mount point is given as the folder of this machine', () => {
  const mounted = mountVolumes({ ...plan(), environment: { A: '/app/spool/deeper/x', B: '/app' } }, folder)
  expect(mounted).toEqual({ A: join(folder, 'Slot', 'spool', 'deeper', 'x'), B: '/app' })
})

it('a template’s mount points are read into its plan, and what this machine has not is named', () => {
  const Image = 'registry/image:hash'
  const container = { Name: 'watcher', Image, Command: ['node'], MountPoints: [] }
  const MountPoints = [{ ContainerPath: '/app/spool', SourceVolume: 'spool', ReadOnly: false }]
  const task = (one: object) => ({ Type: 'AWS::ECS::TaskDefinition', Properties: { ContainerDefinitions: [one] } })
  const service = (TaskDefinition: string) => ({
    Type: 'AWS::ECS::Service',
    Properties: { TaskDefinition: { Ref: TaskDefinition } },
  })
  const template = TemplateSchema.parse({
    Resources: {
      TaskA: task({ ...container, MountPoints }),
      TaskB: task(container),
      SlotA: service('TaskA'),
      SlotB: service('TaskB'),
      Rule: { Type: 'AWS::IoT::TopicRule', Properties: { TopicRulePayload: { Description: 'presence of things' } } },
    },
  })
  const assembly = { stacks: [{ name: 'Test', template }], assets: new Map([['hash', folder]]) }
  const planned = planOf(assembly, { gateway: 'http://127.0.0.1:9', api: 'http://127.0.0.1:9' })
  expect(planned.containers.map(({ label, mounts }) => [label, mounts])).toEqual([
    ['SlotA', [{ volume: 'spool', path: '/app/spool' }]],
    ['SlotB', []],
  ])
  expect(planned.absent).toEqual(['presence of things'])
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
    volumesFolder: join(folder, 'volumes'),
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
      gatewayUrl: 'http://127.0.0.1:9', volumesFolder: ${JSON.stringify(join(folder, 'volumes'))}, verbose: false, say: () => undefined })
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
