/** What `keepwatch doctor` may be told. */
import { WrongLine } from '../fault.ts'
import type { OptionValues } from '../parse.ts'

export interface DoctorOptions {
  readonly settingsFile: string
  /** Undefined: keepwatch.secrets.json beside the configuration. */
  readonly secretsFile: string | undefined
  readonly cluster: string | undefined
  readonly timeoutMs: number
  /** Where the probes connect instead of the feed's own URL. */
  readonly probeUrl: string | undefined
  /** Folder of a project whose MQTT.js is looked at. */
  readonly mqttjsFolder: string | undefined
  /** No configuration is named: nothing but that is looked at. */
  readonly isMqttjsOnly: boolean
  readonly json: boolean
}

export const doctorOptions = {
  config: {
    type: 'string',
    summary: 'the configuration (default keepwatch.json)',
    placeholder: 'FILE',
    completes: 'file',
  },
  secrets: {
    type: 'string',
    summary:
      'JSON object of secret name → object or text, mode 0600 (default keepwatch.secrets.json beside the configuration); their contents are never shown',
    placeholder: 'FILE',
    completes: 'file',
  },
  cluster: { type: 'string', summary: 'looks at this cluster alone', placeholder: 'NAME', completes: 'cluster' },
  timeout: {
    type: 'string',
    summary: 'how long to wait for any one answer, 1 to 600',
    placeholder: 'SECONDS',
    default: '10',
  },
  probe: {
    type: 'string',
    summary:
      'where the doctor’s own client connects, if not where the feed does (RabbitMQ: its MQTT port; default port 1883, with TLS 8883, of the same host)',
    placeholder: 'URL',
  },
  mqttjs: {
    type: 'string',
    summary:
      'looks at the MQTT.js that the project in this folder has installed; without --config at nothing else, and nothing is connected to',
    placeholder: 'FOLDER',
    completes: 'folder',
  },
  json: { type: 'boolean', summary: 'one JSON object instead of text' },
} as const

/**
 * What was typed, as the command works with it.
 * @throws WrongLine
 */
export function readOptions(values: OptionValues<typeof doctorOptions>): DoctorOptions {
  const { timeout, probe } = values
  if (!/^\d{1,3}$/.test(timeout) || Number(timeout) < 1 || Number(timeout) > 600) {
    throw new WrongLine(`--timeout ${timeout}: seconds from 1 to 600 are needed`)
  }
  if (probe !== undefined && !(/^(mqtts?|wss?):\/\/[^@]+$/.test(probe) && URL.canParse(probe))) {
    throw new WrongLine('--probe needs a mqtt://, mqtts://, ws:// or wss:// URL without user name or password')
  }
  return {
    settingsFile: values.config ?? 'keepwatch.json',
    secretsFile: values.secrets,
    cluster: values.cluster,
    timeoutMs: Number(timeout) * 1000,
    probeUrl: probe,
    mqttjsFolder: values.mqttjs,
    isMqttjsOnly: values.mqttjs !== undefined && values.config === undefined,
    json: values.json,
  }
}
