/** Keeps a container's process running out of its image's folder, as ECS keeps a service's task. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { delimiter, dirname, extname } from 'node:path'
import process from 'node:process'
import { secondMs } from '../domain/time.ts'
import type { ContainerPlan } from './container-plan.ts'
import { awsVariables } from './function-environment.ts'
import type { Credentials } from './gateway.ts'
import { relayOutput } from './output.ts'
import { mountVolumes } from './volumes.ts'

export interface ContainerOptions {
  readonly plan: ContainerPlan
  readonly credentials: Credentials
  readonly gatewayUrl: string
  /** Where its volumes lie, which outlive its process. */
  readonly volumesFolder: string
  readonly verbose: boolean
  readonly say: (line: string) => void
  /** Shortest wait before a process that ended is started again. */
  readonly pauseMs?: number
}

export interface LocalContainer {
  readonly label: string
  /** Process id of what runs now. */
  readonly pid: () => number | undefined
  /** Resolves once its health check succeeds; false when it has not within the time. */
  readonly healthy: (withinMs: number) => Promise<boolean>
  /** SIGTERM, the stop timeout of its template, then SIGKILL. */
  readonly stop: () => Promise<void>
}

const longestPauseMs = 30 * secondMs
/** Running this long counts as having worked: the next pause is short again. */
const provenMs = 60 * secondMs

/** Starts a container and keeps it running until stopped. */
export async function startContainer(options: ContainerOptions): Promise<LocalContainer> {
  const { plan, say, pauseMs = 2 * secondMs } = options
  let variables = variablesOf(options)
  let child: ChildProcess | undefined
  let stopping = false
  let pauseTimer: NodeJS.Timeout | undefined
  let wait = pauseMs

  const start = async () => {
    const startedAtMs = Date.now()
    // Containers have networks of their own; here all share one, so each process gets a port that is free now.
    if ('HEALTH_PORT' in variables) variables = { ...variables, HEALTH_PORT: String(await freePort()) }
    if (stopping) return
    const leash = `--import=${new URL(`leash${extname(import.meta.url)}`, import.meta.url).href}`
    child = run(plan, { ...variables, NODE_OPTIONS: leash }, 'ipc')
    relayOutput(child, { label: plan.label, verbose: options.verbose, from: 'info', say })
    child.once('error', (error) => say(`${plan.label} cannot be started: ${error.message}`))
    child.once('close', (code, signal) => {
      child = undefined
      if (stopping) return
      if (Date.now() - startedAtMs >= provenMs) wait = pauseMs
      say(`${plan.label} ended (${signal ?? `exit ${code}`}); it starts again in ${wait / secondMs} s.`)
      pauseTimer = setTimeout(() => void start(), wait)
      wait = Math.min(wait * 2, longestPauseMs)
    })
  }
  await start()
  const isHealthy = async () => runHealthCheck(plan, variables)
  const stopChecks = watchHealth({ plan, isHealthy, say, end: () => child?.kill('SIGTERM') })
  return {
    label: plan.label,
    pid: () => child?.pid,
    healthy: async (withinMs) => becomesHealthy(isHealthy, withinMs),
    stop: async () => {
      stopping = true
      clearTimeout(pauseTimer)
      stopChecks()
      const running = child
      if (running === undefined) return
      const closed = new Promise<void>((done) => running.once('close', () => done()))
      const timer = setTimeout(() => running.kill('SIGKILL'), plan.stopTimeoutSeconds * secondMs)
      running.kill('SIGTERM')
      await closed
      clearTimeout(timer)
    },
  }
}

/** Runs the template's health check at its interval; as in ECS, enough failures in a row end the task. */
function watchHealth(watched: {
  readonly plan: ContainerPlan
  readonly isHealthy: () => Promise<boolean>
  readonly say: (line: string) => void
  readonly end: () => void
}): () => void {
  const { plan, isHealthy, say, end } = watched
  const check = plan.healthCheck
  if (check === undefined) return () => undefined
  const startedAtMs = Date.now()
  let failures = 0
  const judge = async () => {
    const healthy = await isHealthy()
    const counts = Date.now() - startedAtMs >= check.StartPeriod * secondMs
    failures = healthy || !counts ? 0 : failures + 1
    if (failures < check.Retries) return
    failures = 0
    say(`${plan.label} failed its health check ${check.Retries} times; it is ended and started again.`)
    end()
  }
  const timer = setInterval(() => {
    void judge()
  }, check.Interval * secondMs)
  return () => clearInterval(timer)
}

async function becomesHealthy(isHealthy: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadlineMs = Date.now() + withinMs
  while (Date.now() < deadlineMs) {
    if (await isHealthy()) return true
    await new Promise((done) => setTimeout(done, 100))
  }
  return false
}

async function runHealthCheck(plan: ContainerPlan, variables: Record<string, string>): Promise<boolean> {
  const check = plan.healthCheck
  const [kind, ...rest] = check?.Command ?? []
  if (check === undefined || kind === 'NONE') return true
  const command = kind === 'CMD-SHELL' ? ['sh', '-c', ...rest] : kind === 'CMD' ? rest : [kind ?? '', ...rest]
  const child = run({ ...plan, command }, variables, 'ignore')
  const timer = setTimeout(() => child.kill('SIGKILL'), check.Timeout * secondMs)
  const code = await new Promise<number | null>((done) => {
    child.once('error', () => done(null))
    child.once('exit', (status) => done(status))
  })
  clearTimeout(timer)
  return code === 0
}

function run(
  plan: Pick<ContainerPlan, 'command' | 'folder'>,
  env: Record<string, string>,
  channel: 'ipc' | 'ignore',
): ChildProcess {
  const [program = '', ...args] = plan.command
  const outputs = channel === 'ipc' ? 'pipe' : 'ignore'
  // In a group of its own: Ctrl-C in the terminal is for us, and we let it drain.
  return spawn(program, args, { cwd: plan.folder, env, detached: true, stdio: ['ignore', outputs, outputs, channel] })
}

/** As in a container: nothing of this machine's environment but where programs are. */
function variablesOf({ plan, credentials, gatewayUrl, volumesFolder }: ContainerOptions): Record<string, string> {
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`
  const own = mountVolumes(plan, volumesFolder)
  return { PATH: path, NODE_ENV: 'production', ...own, ...awsVariables({ credentials, gatewayUrl }) }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  const address = server.address()
  await new Promise<void>((closed) => {
    server.close(() => closed())
  })
  return typeof address === 'object' && address !== null ? address.port : 0
}
