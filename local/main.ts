/** What `npm start` runs: command line → checks → the system → until Ctrl-C. */
import { resolve } from 'node:path'
import process from 'node:process'
import { StartError, Teardown } from './lifecycle.ts'
import { linesForPeople, postToWebhook } from './notifications.ts'
import { readOptions, type StartOptions, usage } from './options.ts'
import { checkInputs } from './inputs.ts'
import { startSystem, type System } from './system.ts'

/** npm and the terminal both pass on one Ctrl-C: what follows this soon is the same one. */
const samePressMs = 500

const outcome = readOptions(process.argv.slice(2))
if (outcome.kind === 'start') await run(outcome.options)
else if (outcome.kind === 'help') process.stdout.write(usage)
else {
  process.stderr.write(`${outcome.message}\n\n${usage}`)
  process.exitCode = 2
}

async function run(options: StartOptions): Promise<void> {
  const teardown = new Teardown()
  const stopping = stopOnSignals(teardown)
  try {
    const system = await start(options, { teardown, onFault: (message) => stopping.stop(message) })
    stopping.ready()
    say(`Watching. The API: ${system.url}/v1/health   Ctrl-C ends it.`)
  } catch (error) {
    await teardown.run()
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

async function start(
  options: StartOptions,
  { teardown, onFault }: { readonly teardown: Teardown; readonly onFault: (message: string) => void },
): Promise<System> {
  const { webhookUrl, verbose } = options
  const demonstration = options.settingsFile === undefined ? await demonstrate() : undefined
  if (demonstration !== undefined) teardown.add('the demonstration', demonstration.stop)
  const settingsFile = resolve(demonstration?.settingsFile ?? options.settingsFile ?? '')
  const checked = checkInputs({ settingsFile, secretsFile: options.secretsFile })
  if (!checked.ok) {
    process.stderr.write(`${checked.lines.join('\n')}\n`)
    await teardown.run()
    process.exit(2)
  }
  for (const line of checked.warnings) say(line)
  const ownData = demonstration === undefined ? '.keepwatch/data' : '.keepwatch/demo-data'
  const system = await startSystem({
    settingsFile,
    dataFolder: resolve(options.dataFolder ?? ownData),
    port: options.port,
    secretsFile: checked.secretsFile,
    verbose,
    say,
    onFault,
  })
  teardown.add('Keepwatch', async () => {
    await system.stop()
    if (verbose) {
      for (const { role, action, resource } of system.unusedGrants()) {
        say(`Nothing used this grant of ${role}: ${action} on ${resource}`)
      }
    }
  })
  system.onNotification(async (notification) => {
    for (const line of linesForPeople(notification)) say(`│ ${line}`)
    if (webhookUrl !== undefined) await postToWebhook(webhookUrl, notification, { say })
  })
  report(system)
  demonstration?.begin({ url: system.url })
  return system
}

async function demonstrate() {
  // Its brokers and devices are not loaded for those who bring their own.
  const { startDemonstration } = await import('./demo/main.ts')
  return startDemonstration({ say })
}

function report({ plan, cached, token }: System): void {
  // Since the process began, loading of modules included.
  say(`Ready in ${(performance.now() / 1000).toFixed(1)} s (assembly ${cached ? 'cached' : 'synthesized'}).`)
  for (const what of plan.absent) say(`Not on this machine, only in AWS: ${what}.`)
  const mails = new Set(
    plan.subscriptions.filter(({ Protocol }) => Protocol === 'email').map(({ Endpoint }) => Endpoint),
  )
  if (mails.size > 0) say(`In AWS, alerts would be mailed to ${[...mails].join(', ')}.`)
  const routes = plan.apis.flatMap((api) => api.routes)
  const acting = routes.some(({ key, authorization }) => !key.startsWith('GET ') && authorization !== 'NONE')
  if (acting) say(`To act through the API: Authorization: Bearer ${token}`)
}

/** First signal: an orderly end, or at once while still starting. Second: at once; leashed children end with us. */
function stopOnSignals(teardown: Teardown) {
  let isReady = false
  let stoppingSinceMs: number | undefined
  const stop = async (exitCode: number) => {
    stoppingSinceMs = Date.now()
    for (const fault of await teardown.run()) say(fault)
    process.exit(exitCode)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!isReady) process.exit(130)
      if (stoppingSinceMs === undefined) {
        say('Stopping: the watchers send what they hold. Press Ctrl-C again to end at once.')
        void stop(0)
      } else if (Date.now() - stoppingSinceMs > samePressMs) process.exit(130)
    })
  }
  return {
    ready: () => {
      isReady = true
    },
    stop: (message: string) => {
      say(message)
      if (stoppingSinceMs === undefined) void stop(1)
    },
  }
}

function say(line: string): void {
  process.stdout.write(`${new Date().toTimeString().slice(0, 8)}  ${line}\n`)
}
