/** An observed client, and what was told of it. */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { type Observation, observe } from '../../observe/index.ts'
import type { createCleanup } from '../watcher/stage.ts'
import { type Certificates, serve, type Serving } from './stage.ts'

export interface Ground {
  readonly certificates: Certificates
  readonly cleanup: ReturnType<typeof createCleanup>
}

const types = ['connected', 'closed', 'refused', 'offline', 'reconnecting', 'ping'] as const

export function watch(client: MqttClient, options = {}) {
  const told: Observation[] = []
  const observer = observe(client, options)
  for (const type of types) observer.on(type, (event) => void told.push(event))
  const closes = () => told.filter((event) => event.type === 'closed')
  return { observer, told, closes, causes: () => closes().map(({ cause }) => cause) }
}
/** A client of a server that behaves so. */
export async function startClient(
  { certificates, cleanup }: Ground,
  serving: Serving,
  options: IClientOptions = {},
  transport: 'tcp' | 'ws' = 'tcp',
) {
  const server = await serve(transport, options.protocolVersion === 5 ? 5 : 4, certificates, serving)
  cleanup.defer(server.close)
  const scheme = transport === 'ws' ? 'ws' : 'mqtt'
  const made = mqtt.connect(`${scheme}://127.0.0.1:${server.port}`, { reconnectPeriod: 60_000, ...options })
  cleanup.defer(() => made.stream && made.end(true))
  return made
}
