/** Clients of live stories: real connections of MQTT.js that observe themselves, in this process or in others. */
import { fork, type ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type IClientOptions, MqttClient } from 'mqtt'
import { observe } from '../../../observe/index.ts'
import type { Ground } from './ground.ts'

export interface ClientTraits extends IClientOptions {
  readonly clientId: string
  /** On the loopback, where it shares one with others. */
  readonly address?: string
  /** Publishes something every so often. */
  readonly everyMs?: number
  /** Does not observe itself. */
  readonly isMute?: boolean
  /** Gets what was seen as lines, for clients that cannot publish it. */
  readonly log?: (line: string) => void
}

let started = 0

/**
 * A client that reconnects as MQTT.js does by default, but for what is said otherwise. It ends with the story. It stands
 * for a machine of its own, and has an address of its own on the loopback.
 */
export function startClient({ defer }: Pick<Ground, 'defer'>, url: string | number, traits: ClientTraits): MqttClient {
  started += 1
  const { everyMs, isMute = false, log, address = `127.1.${started >> 8}.${started & 255}`, ...options } = traits
  const client = openClient(typeof url === 'number' ? `mqtt://127.0.0.1:${url}` : url, options, address)
  client.on('error', () => undefined)
  if (!isMute) observe(client, { publish: true, topics: true, ...(log === undefined ? {} : { log }) })
  if (everyMs !== undefined) {
    const timer = setInterval(() => {
      if (client.connected) client.publish(`plant/${options.clientId}`, '21.5')
    }, everyMs)
    defer(() => clearInterval(timer))
  }
  defer(async () => client.endAsync(true))
  return client
}

/** As `mqtt.connect`, which has no option for the address that a client comes from. */
export function openClient(url: string, options: IClientOptions, localAddress?: string): MqttClient {
  const { hostname, port } = new URL(url)
  const target = { host: hostname, port: Number(port), ...(localAddress === undefined ? {} : { localAddress }) }
  const about = { hostname, port: Number(port), protocol: 'mqtt' as const }
  return new MqttClient(() => connect(target), { keepalive: 30, reconnectPeriod: 1000, ...about, ...options })
}

/** Others who live through the story unharmed: some busy, some quiet. */
export function startFleet(ground: Pick<Ground, 'defer'>, port: number, count: number, name = 'fleet'): MqttClient[] {
  return Array.from({ length: count }, (_, index) =>
    startClient(ground, port, {
      clientId: `${name}-${index}`,
      isMute: index % 3 !== 0,
      ...(index % 2 === 0 ? { everyMs: 700 } : {}),
    }),
  )
}

export interface ProcessTraits {
  readonly url: string
  readonly options: IClientOptions
  /** One client each. */
  readonly clientIds: readonly string[]
  /** Its own address, of those of the loopback. */
  readonly localAddress?: string
}

/** A process of its own with observed clients in it; it can be stopped and continued. */
export function startProcess({ defer }: Pick<Ground, 'defer'>, ...traits: readonly ProcessTraits[]): ChildProcess {
  const child = fork(join(import.meta.dirname, 'client-process.ts'), [JSON.stringify(traits)], { stdio: 'ignore' })
  const gone = new Promise((done) => child.once('exit', done))
  defer(async () => {
    child.kill('SIGKILL')
    await gone
  })
  return child
}
