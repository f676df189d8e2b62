/** Real RabbitMQ nodes for tests, on ports of their own and apart from a RabbitMQ of the system. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, until } from './watcher/stage.ts'

/** Where packages put the scripts themselves; `/usr/sbin/rabbitmq-server` would change to the user rabbitmq. */
const script = ['/usr/lib/rabbitmq/lib', '/opt/homebrew/opt/rabbitmq']
  .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
  .map((folder) => join(folder, 'sbin/rabbitmq-server'))
  .find(existsSync)

const run = promisify(execFile)

export const isRabbitInstalled = script !== undefined

export interface RabbitNode {
  readonly name: string
  readonly mqttPort: number
  readonly amqpPort: number
  readonly amqpsPort: number
  /** Of the management API; only the first node serves it. */
  readonly apiPort: number
  /** Runs `rabbitmqctl`, gives what it prints. */
  readonly ctl: (...arguments_: string[]) => Promise<string>
  /** Runs `rabbitmq-plugins`, gives what it prints. */
  readonly plugins: (...arguments_: string[]) => Promise<string>
  /** Ends it as `kill -9` does. */
  readonly kill: () => Promise<void>
}

interface RabbitOptions {
  readonly nodes: number
  /** Users and their permissions, as RabbitMQ imports them. */
  readonly definitions: object
  /** Folder with server.crt, server.key and ca.crt, for amqps. */
  readonly certificates?: string
}

/** Starts the nodes of one cluster: those after the first join it while they start. */
export async function startRabbit(options: RabbitOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-rabbitmq-'))
  const epmdPort = await freePort()
  // A port mapper of our own, in the foreground: the one that Erlang starts by itself would stay behind.
  const epmd = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { stdio: 'ignore' })
  const nodes: RabbitNode[] = []
  const kill = () => {
    for (const node of nodes) void node.kill()
    epmd.kill('SIGKILL')
  }
  // Nothing may stay behind when the tests are interrupted either.
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    kill()
    await Promise.all(nodes.map(async (node) => node.kill()))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    while (nodes.length < options.nodes) {
      const { up, ...node } = await startNode({ folder, epmdPort, options, first: nodes[0]?.name })
      nodes.push(node)
      await up()
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { nodes, stop }
}

interface Start {
  readonly folder: string
  readonly epmdPort: number
  readonly options: RabbitOptions
  /** Name of the node to join. */
  readonly first: string | undefined
}

async function startNode(start: Start): Promise<RabbitNode & { up: () => Promise<void> }> {
  if (script === undefined) throw new Error('RabbitMQ is not installed: apt-get install rabbitmq-server')
  const { folder, epmdPort, first } = start
  const [mqttPort, amqpPort, amqpsPort, apiPort, distPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const ports = { mqttPort, amqpPort, amqpsPort, apiPort }
  const name = `kw-${distPort}@localhost`
  const base = join(folder, name)
  writeFileSync(`${base}.conf`, configurationOf({ ...start, ports, base }).join('\n'))
  writeFileSync(`${base}.json`, JSON.stringify(start.options.definitions))
  const management = first === undefined ? 'rabbitmq_management' : 'rabbitmq_management_agent'
  writeFileSync(`${base}.plugins`, `[rabbitmq_event_exchange,${management},rabbitmq_mqtt].\n`)
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ERLANG_COOKIE: 'keepwatch',
    RABBITMQ_NODENAME: name,
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_CONFIG_FILE: `${base}.conf`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${base}.plugins`,
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_GENERATED_CONFIG_DIR: `${base}.generated`,
    // Each feature that it would switch on at its first start costs most of a second.
    RABBITMQ_FEATURE_FLAGS: '',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +A 4',
  }
  const log = openSync(`${base}.log`, 'w')
  // A process group of its own, for the script stays as the parent of the machine that it starts.
  const child = spawn(script, [], { env, stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const command = (tool: string) => {
    const file = join(dirname(script), tool)
    return async (...arguments_: string[]) => (await run(file, ['-n', name, ...arguments_], { env })).stdout
  }
  return {
    ...ports,
    name,
    up: async () => isUp(child, `${base}.log`),
    ctl: command('rabbitmqctl'),
    plugins: command('rabbitmq-plugins'),
    kill: async () => {
      const { pid, exitCode, signalCode } = child
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
      await gone
    },
  }
}

type Ports = Pick<RabbitNode, 'mqttPort' | 'amqpPort' | 'amqpsPort' | 'apiPort'>

function configurationOf({ ports, base, first, options }: Start & { ports: Ports; base: string }): string[] {
  const { certificates } = options
  return [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqpPort}`,
    ...(certificates === undefined
      ? []
      : [
          `listeners.ssl.1 = 127.0.0.1:${ports.amqpsPort}`,
          `ssl_options.cacertfile = ${certificates}/ca.crt`,
          `ssl_options.certfile = ${certificates}/server.crt`,
          `ssl_options.keyfile = ${certificates}/server.key`,
        ]),
    `mqtt.listeners.tcp.1 = 127.0.0.1:${ports.mqttPort}`,
    'mqtt.allow_anonymous = false',
    'log.file = false',
    'log.console = true',
    ...(first === undefined
      ? ['management.tcp.ip = 127.0.0.1', `management.tcp.port = ${ports.apiPort}`, `load_definitions = ${base}.json`]
      : [
          'cluster_formation.peer_discovery_backend = classic_config',
          `cluster_formation.classic_config.nodes.1 = ${first}`,
        ]),
    '',
  ]
}

async function isUp(child: ChildProcess, logFile: string): Promise<void> {
  await until(
    'RabbitMQ to start',
    () => {
      const log = readFileSync(logFile, 'utf8')
      if (child.exitCode !== null) throw new Error(`RabbitMQ ended: ${log.slice(-2000)}`)
      return log.includes('Server startup complete')
    },
    120_000,
  )
}
