/** One process to be measured: subscribes, takes so many events, and tells the CPU it took for them. */
import process from 'node:process'
import { connect } from 'mqtt'
import type { Dialect } from '../domain/dialect.ts'
import { dialects } from '../domain/dialects/index.ts'
import { checkSettings } from '../domain/settings-check.ts'
import { createSecrets } from '../watcher/secrets.ts'
import { startWatcher } from '../watcher/watcher.ts'

const [kind = 'noop', port = '', count = '0'] = process.argv.slice(2)
const url = `mqtt://127.0.0.1:${port}`
const expected = Number(count)
let cpu = process.cpuUsage()

let sentBytes = 0
let startedMs = 0

function start(): void {
  cpu = process.cpuUsage()
  startedMs = performance.now()
}

function report(): void {
  const { user, system } = process.cpuUsage(cpu)
  process.stdout.write(
    JSON.stringify({
      cpuMicroseconds: user + system,
      elapsedMs: performance.now() - startedMs,
      // The peak: what the container must be given.
      residentBytes: process.resourceUsage().maxRSS * 1024,
      sentBytes,
    }),
  )
}

if (kind === 'noop') {
  let seen = 0
  const client = connect(url, { protocolVersion: 5, reconnectPeriod: 0 })
  client.on('connect', () => client.subscribe('$SYS/#'))
  client.on('message', () => {
    if (seen === 0) start()
    seen += 1
    if (seen === expected) {
      report()
      client.end(true)
    }
  })
} else {
  const checked = checkSettings({ clusters: [{ name: 'bench', dialect: 'emqx', feeds: [{ url }] }] })
  if (!checked.ok) throw new Error('the benchmark’s own settings are wrong')
  let seen = 0
  const emqx: Dialect = {
    ...dialects.emqx,
    read: (message, context) => {
      if (seen === 0) start()
      seen += 1
      if (seen === expected) setImmediate(() => void finish())
      return dialects.emqx.read(message, context)
    },
  }
  const watcher = startWatcher({
    settings: checked.settings,
    slot: 'a',
    dialects: { ...dialects, emqx },
    secrets: createSecrets({ fetchSecret: async () => '{}', now: Date.now }),
    log: () => undefined,
    ship: async (body) => {
      sentBytes += body.length
      return { kind: 'sent' }
    },
  })
  const finish = async () => {
    await watcher.stop({ deadlineMs: 10_000 })
    report()
  }
}
