import { spawn } from 'node:child_process'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { observe } from '../../observe/index.ts'
import { observeOptions } from '../../observe/options.ts'
import { createCleanup, freePort, mosquittoFolder, removeFolder, startMosquitto, until } from '../watcher/stage.ts'
import { connack, inSession } from './kinds.ts'
import { fromSource, noCertificates, serve, type Serving } from './stage.ts'
import { startClient, watch } from './watching.ts'

const root = join(import.meta.dirname, '../..')
const cleanup = createCleanup()
const folder = mosquittoFolder()
type Given = Parameters<typeof startClient> extends [unknown, ...infer Rest] ? Rest : never
afterEach(cleanup.run)
afterAll(() => removeFolder(folder))

const client = async (...given: Given) => startClient({ certificates: noCertificates, cleanup }, ...given)
const quiet = inSession(() => undefined)()
const leaves = inSession((peer) => peer.fin())()
const go = (to: MqttClient) => to.on('connect', () => to.publish('go', ''))

describe('what is told beside the cause', () => {
  it('a session: its figures, its ends, and a sentence with them', async () => {
    const observed = go(await client(leaves, { clientId: 'pump-17', keepalive: 30 }))
    const { told, observer } = watch(observed, { topics: true })
    await until('offline', () => told.length === 3)
    expect(told).toMatchObject([
      { type: 'connected', attempt: 1, sessionPresent: false, keepaliveSeconds: 30, sequence: 1 },
      { type: 'closed', connected: true, publishesSent: 1, publishesReceived: 0, lastSent: 'publish', lastTopic: 'go' },
      { type: 'offline', sequence: 3 },
    ])
    expect(told[1]).toMatchObject({
      text: expect.stringMatching(
        /^The other side closed TCP without a word, \d+\.\d s after the last packet, \d+\.\d s after CONNACK; keepalive 30 s\.$/,
      ),
    })
    expect(await observer.observed()).toMatchObject({
      clientId: 'pump-17',
      protocol: 4,
      transport: 'tcp',
      runtime: 'node',
      cleanStart: true,
      reconnectPeriodMs: 60_000,
      connectTimeoutMs: 30_000,
      libraryVersion: '5.16.0',
    })
  })
  it('pings: the round trip of each, the last one with the close', async () => {
    const observed = await client(quiet, { keepalive: 1 })
    const { told, closes } = watch(observed)
    await until('a ping', () => told.some(({ type }) => type === 'ping'))
    observed.end()
    await until('the close', () => closes().length === 1)
    expect(closes()[0]?.rttMs).toBe(told.findLast((event) => event.type === 'ping')?.rttMs)
  })
  it('attempts in a row are counted, and a refusal is told before its close', async () => {
    const refuses: Serving = { onPeer: (peer) => peer.on('connect', () => peer.send(connack(4, 5))) }
    const { told, closes } = watch(await client(refuses, { reconnectPeriod: 10, reconnectOnConnackError: true }))
    await until('three attempts', () => closes().length >= 3)
    expect(
      closes()
        .map(({ attempt }) => attempt)
        .slice(0, 3),
    ).toEqual([1, 2, 3])
    expect(
      told
        .filter(({ type }) => type !== 'offline')
        .map(({ type }) => type)
        .slice(0, 4),
    ).toEqual(['refused', 'closed', 'reconnecting', 'refused'])
  })
  it('nothing of one connection is told of the next', async () => {
    let count = 0
    const leavesOnce = inSession((peer) => {
      count += 1
      if (count === 1) peer.closeWebSocket(4001)
    })()
    const observed = go(await client(leavesOnce, observeOptions({ reconnectPeriod: 10 }), 'ws'))
    const { closes } = watch(observed, { topics: true })
    await until('the second connection to be used', () => count === 2)
    observed.end(true)
    await until('its end', () => closes().length === 2)
    expect(closes()).toMatchObject([
      { cause: 'ws_close', code: 4001, lastTopic: 'go' },
      { cause: 'local_end', connected: true, attempt: 1 },
    ])
    expect(closes()[1]).not.toHaveProperty('code')
  })
  it('the log gets a line for each that is published, without topics nobody asked for', async () => {
    const lines: string[] = []
    const { told } = watch(go(await client(leaves)), { log: (line: string) => void lines.push(line) })
    await until('offline', () => told.length === 3)
    const documents = lines.map((line) => JSON.parse(line))
    expect(documents.map(({ events }) => events[0].type)).toEqual(['connected', 'closed', 'offline'])
    expect(documents[1]).toMatchObject({ keepwatch: 1, transport: 'tcp', process: expect.stringMatching(/^\w{6,}$/) })
    expect(documents[1].events[0]).not.toHaveProperty('lastTopic')
  })
})

describe('it disturbs nobody', () => {
  it('what listeners and the log throw reaches neither MQTT.js nor each other', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const fails = () => {
      throw new Error('the application’s fault')
    }
    const observed = go(await client(leaves))
    const observer = observe(observed, { log: fails }).on('closed', fails)
    const heard = vi.fn<() => void>()
    observer.on('closed', heard)
    await until('the close', () => heard.mock.calls.length === 1)
    expect(said).toHaveBeenCalledWith(expect.objectContaining({ message: 'the application’s fault' }))
    said.mockRestore()
  })
  it('a thousand reconnects and many observers leave no listener behind and warn of none', async () => {
    const warned = vi.fn<() => void>()
    process.on('warning', warned)
    cleanup.defer(() => process.off('warning', warned))
    const observed = await client(leaves, { reconnectPeriod: 1 })
    const watching = [watch(observed), watch(observed), watch(observed)]
    const before = observed.listenerCount('packetsend')
    go(observed)
    await until('a thousand closes', () => watching.every(({ closes }) => closes().length >= 1000), 50_000)
    expect(observed.listenerCount('packetsend')).toBe(before)
    for (let count = 0; count < 100; count += 1) observe(observed).stop()
    for (const { observer, causes } of watching) {
      expect(new Set(causes())).toEqual(new Set(['tcp_fin']))
      observer.stop()
    }
    expect(observed.listenerCount('packetsend')).toBe(0)
    expect(warned).not.toHaveBeenCalled()
  }, 60_000)
  it('a client that is connected already, one that has ended, one that was never asked to connect', async () => {
    const observed = await client(leaves)
    await until('the connection', () => observed.connected)
    const late = watch(observed)
    observed.publish('go', '')
    await until('the close', () => late.closes().length === 1)
    expect(late.closes()[0]).toMatchObject({ cause: 'tcp_fin', connected: true })
    expect(late.closes()[0]).not.toHaveProperty('sessionMs')
    await observed.endAsync()
    expect(() => observe(observed).stop()).not.toThrow()
    const manual = watch(await client(quiet, { manualConnect: true }))
    expect(manual.told).toEqual([])
  })
  it('a listener may end the client', async () => {
    const observed = go(await client(leaves, { reconnectPeriod: 10 }))
    const ended = new Promise<void>(
      (resolve) => void observe(observed).on('closed', () => observed.end(() => resolve())),
    )
    await ended
    expect(observed.disconnecting).toBe(true)
  })
  it('keeps no process alive', async () => {
    const script = `
      import mqtt from 'mqtt'
      import { observe } from 'keepwatch/observe'
      const client = mqtt.connect(process.argv[1], { reconnectPeriod: 0 })
      observe(client).on('closed', ({ cause }) => console.log(cause))
      client.on('connect', () => client.publish('go', ''))
    `
    const server = await serve('tcp', 4, noCertificates, leaves)
    cleanup.defer(server.close)
    const child = spawn(
      process.execPath,
      [fromSource, '--input-type=module', '-e', script, `mqtt://127.0.0.1:${server.port}`],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let output = ''
    child.stdout.on('data', (data: Buffer) => (output += String(data)))
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0)
    expect(output).toBe('tcp_fin\n')
  })
  it('the application’s own hooks of WebSockets are called', async () => {
    const finishRequest = vi.fn<(request: { end: () => void }) => void>((request) => request.end())
    const transformWsUrl = vi.fn<(url: string) => string>((url) => `${url}x`)
    const wsOptions = { finishRequest } as never
    const observed = await client(quiet, observeOptions({ wsOptions, transformWsUrl }), 'ws')
    await until('the connection', () => observed.connected)
    expect(finishRequest).toHaveBeenCalledTimes(1)
    expect(transformWsUrl).toHaveBeenCalledTimes(1)
  })
})

describe('with a real mosquitto', () => {
  it.each([4, 5] as const)(
    'killed, restarted, shut down, restarted, stopped, going on, ended: MQTT %i',
    async (protocolVersion) => {
      const port = await freePort()
      const lines = ['allow_anonymous true', `listener ${port} 127.0.0.1`]
      let broker = await startMosquitto(port, lines, folder)
      cleanup.defer(async () => broker.stop())
      const url = `mqtt://127.0.0.1:${port}`
      const observed = mqtt.connect(url, { protocolVersion, keepalive: 1, reconnectPeriod: 100, connectTimeout: 1000 })
      cleanup.defer(() => observed.end(true))
      const { told, causes } = watch(observed)
      const connections = (count: number) => () => told.filter(({ type }) => type === 'connected').length >= count
      await until('the first connection', connections(1))
      await broker.stop('SIGKILL')
      await until('a refusal', () => causes().includes('refused'))
      broker = await startMosquitto(port, lines, folder)
      await until('the second connection', connections(2))
      await broker.stop('SIGTERM')
      broker = await startMosquitto(port, lines, folder)
      await until('the third connection', connections(3))
      broker.signal('SIGSTOP')
      await until('a timeout without CONNACK', () => causes().includes('connack_timeout'))
      broker.signal('SIGCONT')
      await until('the fourth connection', connections(4))
      observed.end()
      await until('the end', () => causes().at(-1) === 'local_end')
      const sessions = told.filter((event) => event.type === 'closed' && event.connected)
      expect(sessions.map((event) => event.type === 'closed' && event.cause)).toEqual([
        // Killed with a packet unread, its kernel resets.
        expect.stringMatching(/^tcp_(fin|reset)$/),
        'tcp_fin',
        'keepalive_timeout',
        'local_end',
      ])
    },
  )
  it('the example for Node says why it ended', async () => {
    const port = await freePort()
    const broker = await startMosquitto(port, ['allow_anonymous true', `listener ${port} 127.0.0.1`], folder)
    cleanup.defer(broker.stop)
    const child = spawn(process.execPath, [fromSource, 'examples/observe/node.mjs', `mqtt://127.0.0.1:${port}`], {
      cwd: root,
    })
    cleanup.defer(() => child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (data: Buffer) => (output += String(data)))
    await until('the connection', () => output.includes('connected in'))
    await broker.stop()
    await until('the cause', () => /tcp_(fin|reset): The /.test(output))
    child.kill('SIGINT')
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0)
  })
})
