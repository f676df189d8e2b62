import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, expect, it } from 'vitest'
import { createCleanup, until } from '../watcher/stage.ts'
import { inSession } from './kinds.ts'
import { fromSource, noCertificates, type Peer, serve } from './stage.ts'
import { startClient, watch } from './watching.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

/** Kinds of the truth table after which MQTT.js 5.16 closes nothing, so that there is nothing to tell. */
const neverCloses: readonly { name: string; reason: string; fault: (peer: Peer) => void; options?: IClientOptions }[] =
  [
    {
      name: 'malformed bytes',
      reason: 'MQTT.js emits an error, drops what it has and reads on',
      fault: (peer) => peer.raw(Buffer.from([0x48, 0x00])),
    },
    {
      name: 'a DISCONNECT whose sender does not close',
      reason: 'MQTT.js emits it and does not close either',
      fault: (peer) => peer.send({ cmd: 'disconnect', reasonCode: 0x8e }),
      options: { protocolVersion: 5 },
    },
  ]
it.each(neverCloses)('$name: $reason', async ({ fault, options }) => {
  let count = 0
  const serving = inSession((peer) => {
    count += 1
    if (count === 1) fault(peer)
  })()
  const observed = await startClient({ certificates: noCertificates, cleanup }, serving, { keepalive: 1, ...options })
  const { closes, told } = watch(observed)
  observed.on('connect', () => observed.publish('go', ''))
  await until('the connection to be used further', () => told.some(({ type }) => type === 'ping'))
  observed.publish('still', '')
  await until('the server to hear it', () => count === 2)
  expect(closes()).toEqual([])
})

it('end() in the tick of connect(): MQTT.js forgets the connection and leaves it open', async () => {
  const observed = await startClient({ certificates: noCertificates, cleanup }, inSession(() => undefined)())
  const { told, closes } = watch(observed)
  observed.end()
  await until('the connection that nobody wants any more', () => told.some(({ type }) => type === 'connected'))
  expect(observed.disconnected).toBe(true)
  expect(closes()).toEqual([])
  observed.stream.destroy()
  await until('its end', () => closes().length === 1)
  expect(closes()[0]?.cause).toBe('local_end')
})

it('the close code of the first WebSocket without observeOptions: it was made before anybody watched', async () => {
  const leaves = inSession((peer) => peer.closeWebSocket(4001))()
  const observed = await startClient({ certificates: noCertificates, cleanup }, leaves, { reconnectPeriod: 10 }, 'ws')
  observed.on('connect', () => observed.publish('go', ''))
  const { closes } = watch(observed)
  await until('two closes', () => closes().length >= 2)
  expect(closes().slice(0, 2)).toMatchObject([{ cause: 'ws_close' }, { cause: 'ws_close', code: 4001 }])
  expect(closes()[0]).not.toHaveProperty('code')
})

it('a host that takes no connection: the timeout says that TCP was awaited', async () => {
  const script = `
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () =>
      console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanup.defer(() => child.kill('SIGKILL'))
  const [said]: Buffer[] = await once(child.stdout, 'data')
  const port = Number(String(said))
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  cleanup.defer(() => fillers.forEach((filler) => filler.destroy()))
  await until('its queue to be full', () => fillers.filter(({ connecting }) => !connecting).length >= 2)
  const observed: MqttClient = mqtt.connect(`mqtt://127.0.0.1:${port}`, { connectTimeout: 1000 })
  cleanup.defer(() => observed.end(true))
  const { closes } = watch(observed)
  await until('the close', () => closes().length > 0)
  expect(closes()[0]).toMatchObject({ cause: 'connack_timeout', phase: 'tcp', connected: false })
})

it('a process that stands still for a while finds its connection timed out', async () => {
  const server = await serve('tcp', 4, noCertificates, inSession(() => undefined, false)())
  cleanup.defer(server.close)
  const script = `
    import mqtt from 'mqtt'
    import { observe } from 'keepwatch/observe'
    const client = mqtt.connect(process.argv[1], { keepalive: 1, reconnectPeriod: 0 })
    observe(client).on('closed', ({ cause }) => console.log(cause))
    client.on('connect', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500))
  `
  const child = spawn(
    process.execPath,
    [fromSource, '--input-type=module', '-e', script, `mqtt://127.0.0.1:${server.port}`],
    {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  cleanup.defer(() => child.kill('SIGKILL'))
  const [said]: Buffer[] = await once(child.stdout, 'data')
  expect(String(said)).toBe('keepalive_timeout\n')
})
