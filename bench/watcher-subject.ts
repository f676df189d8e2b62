/** One process to be measured: a subscriber that does nothing, or the watcher shipping to an HTTP sink. */
import process from 'node:process'
import { connect } from 'mqtt'
import { dialects } from '../domain/dialects/index.ts'
import { checkSettings } from '../domain/settings-check.ts'
import { createSecrets } from '../watcher/secrets.ts'
import { startWatcher } from '../watcher/watcher.ts'

const [kind = 'noop', brokerPort = '', sinkPort = '', count = '0'] = process.argv.slice(2)
const url = `mqtt://127.0.0.1:${brokerPort}`
const sink = `http://127.0.0.1:${sinkPort}/`

if (kind === 'noop') {
  let seen = 0
  const client = connect(url, { protocolVersion: 5, reconnectPeriod: 0 })
  client.on('connect', () => client.subscribe('$SYS/#'))
  client.on('message', () => {
    seen += 1
    if (seen === Number(count)) void fetch(sink, { method: 'POST', headers: { 'x-events': count }, body: '' })
  })
} else {
  const checked = checkSettings({ clusters: [{ name: 'bench', dialect: 'emqx', feeds: [{ url }] }] })
  if (!checked.ok) throw new Error('the benchmark’s own settings are wrong')
  startWatcher({
    settings: checked.settings,
    slot: 'a',
    dialects,
    secrets: createSecrets({ fetchSecret: async () => '{}', now: Date.now }),
    log: () => undefined,
    ship: async (body) => {
      await (await fetch(sink, { method: 'POST', body })).arrayBuffer()
      return { kind: 'sent' }
    },
  })
}
