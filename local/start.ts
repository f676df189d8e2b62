/** Runs Keepwatch on this machine: checks → the system → until Ctrl-C. */
import { resolve } from 'node:path'
import process from 'node:process'
import { announce, withdraw } from './announced.ts'
import { StartError, Teardown } from './lifecycle.ts'
import { linesForPeople, postToWebhook } from './notifications.ts'
import type { StartOptions } from './options.ts'
import { checkInputs } from './inputs.ts'
import type { PageFiles } from './page.ts'
import { readPage } from './page-files.ts'
import { linkOf } from './site.ts'
import { startSystem, type System } from './system.ts'

/** npm and the terminal both pass on one Ctrl-C: what follows this soon is the same one. */
const samePressMs = 500

/**
 * Starts the system, or the demonstration, and keeps it until a signal or a fault ends it. Gives the exit code: 0 after
 * an orderly end, 1 when it could not start or go on, 2 when its inputs are wrong.
 */
export async function start(options: StartOptions): Promise<number> {
  const teardown = new Teardown()
  const end = endOfSystem(teardown)
  try {
    // A fault while it starts ends it too.
    const system = await Promise.race([assemble(options, { teardown, onFault: end.fault }), end.code])
    if (typeof system === 'number') return system
    end.ready()
    tellCommands(system, teardown)
    say(`Watching. The API: ${system.url}/v1/health   Ctrl-C ends it.`)
    if (system.hasPage) process.stdout.write(`\n  Open ${linkOf(system)}\n\n`)
  } catch (error) {
    await teardown.run()
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
  return end.code
}

/** Gives an exit code when the inputs are wrong, which has then been said. */
async function assemble(
  options: StartOptions,
  { teardown, onFault }: { readonly teardown: Teardown; readonly onFault: (message: string) => void },
): Promise<System | number> {
  const { webhookUrl, verbose, isPrivate } = options
  const demonstration = options.settingsFile === undefined ? await demonstrate() : undefined
  if (demonstration !== undefined) teardown.add('the demonstration', demonstration.stop)
  const settingsFile = resolve(demonstration?.settingsFile ?? options.settingsFile ?? '')
  const checked = checkInputs({ settingsFile, secretsFile: options.secretsFile })
  if (!checked.ok) {
    process.stderr.write(`${checked.lines.join('\n')}\n`)
    await teardown.run()
    return 2
  }
  for (const line of checked.warnings) say(line)
  const ownData = demonstration === undefined ? '.keepwatch/data' : '.keepwatch/demo-data'
  const system = await startSystem({
    settingsFile,
    dataFolder: resolve(options.dataFolder ?? ownData),
    port: options.port,
    page: await pageIfBuilt(),
    isPrivate,
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
  report(system, isPrivate)
  demonstration?.begin({ url: system.url })
  return system
}

async function demonstrate() {
  // Its brokers and devices are not loaded for those who bring their own.
  const { startDemonstration } = await import('./demo/main.ts')
  return startDemonstration({ say })
}

/** Commands that are typed in this folder find the system by a file in it. */
function tellCommands(system: System, teardown: Teardown): void {
  const folder = process.cwd()
  try {
    announce(system, folder)
    teardown.add('what was announced', () => withdraw(folder))
  } catch (error) {
    say(`Commands will not find this system by themselves: ${String(error)}`)
  }
}

/** What watches does not wait for the page: while somebody works on it, it may not build. */
async function pageIfBuilt(): Promise<PageFiles | undefined> {
  try {
    return await readPage()
  } catch (error) {
    const [why = ''] = String(error).split('\n')
    say(`There is no page, only the API: ${why}`)
  }
}

function report({ plan, cached, token }: System, isPrivate: boolean): void {
  // Since the process began, loading of modules included.
  say(`Ready in ${(performance.now() / 1000).toFixed(1)} s (assembly ${cached ? 'cached' : 'synthesized'}).`)
  for (const what of plan.absent) say(`Not on this machine, only in AWS: ${what}.`)
  const mails = new Set(
    plan.subscriptions.filter(({ Protocol }) => Protocol === 'email').map(({ Endpoint }) => Endpoint),
  )
  if (mails.size > 0) say(`In AWS, alerts would be mailed to ${[...mails].join(', ')}.`)
  const routes = plan.apis.flatMap((api) => api.routes)
  const acting = routes.some(({ key, authorization }) => !key.startsWith('GET ') && authorization !== 'NONE')
  if (acting) say(`To ${isPrivate ? 'ask or act' : 'act'} through the API: Authorization: Bearer ${token}`)
}

/** First signal: an orderly end, or at once while still starting. Second: at once; leashed children end with us. */
function endOfSystem(teardown: Teardown) {
  let isReady = false
  let stoppingSinceMs: number | undefined
  let ended: ((code: number) => void) | undefined
  const code = new Promise<number>((done) => {
    ended = done
  })
  const stop = async (exitCode: number) => {
    stoppingSinceMs = Date.now()
    for (const fault of await teardown.run()) say(fault)
    ended?.(exitCode)
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
    code,
    ready: () => {
      isReady = true
    },
    fault: (message: string) => {
      say(message)
      if (stoppingSinceMs === undefined) void stop(1)
    },
  }
}

function say(line: string): void {
  process.stdout.write(`${new Date().toTimeString().slice(0, 8)}  ${line}\n`)
}
