/** What does not change from event to event. */
import type { MqttClient } from 'mqtt'
import { processName, runtime } from './runtime.ts'
import type { Observed } from './types.ts'

/** MQTT.js has put its defaults into its options. */
export function observedOf({ options, constructor }: MqttClient): Observed {
  const { clientId, protocol, protocolVersion, hostname, host, port } = options
  const isSecure = /[^w]s$|sl$/.test(`${protocol}`)
  const { VERSION }: { VERSION?: string } = Object(constructor)
  return {
    clientId: `${clientId}`,
    protocol: protocolVersion!,
    transport: /^[aw]/.test(`${protocol}`) ? (isSecure ? 'wss' : 'ws') : isSecure ? 'tls' : 'tcp',
    runtime,
    endpoint: `${hostname ?? host}:${port}`.slice(0, 256),
    cleanStart: options.clean!,
    reconnectPeriodMs: options.reconnectPeriod!,
    connectTimeoutMs: options.connectTimeout!,
    libraryVersion: VERSION!,
    process: processName,
  }
}
