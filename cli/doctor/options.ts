/** What `keepwatch doctor` may be told. */
import { parseArgs } from 'node:util'

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

export type OptionsOutcome =
  | { readonly kind: 'run'; readonly options: DoctorOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'fault'; readonly message: string }

export const usage = `Connects to what the configuration names, and says what is wrong and what to change.

  npm run keepwatch -- doctor                             checks keepwatch.json
  npm run keepwatch -- doctor --config plant.json         another configuration
  npm run keepwatch -- doctor --cluster plant --json      one cluster, for a program to read
  npm run keepwatch -- doctor --mqttjs ../my-app          known defects of the MQTT.js that a project uses

Of every feed: its secret, DNS, TCP, TLS, the login, what may be read, whether the events of a client
that comes and goes really arrive, the broker's clock, what it keeps while nobody watches, its version.
The client that comes and goes is the doctor's own, with the login of the feed and a client id that begins
keepwatch-probe-. Nothing is changed at the broker, and a watcher that runs is not disturbed.

  --config FILE      the configuration (default keepwatch.json)
  --secrets FILE     JSON object of secret name → object or text, mode 0600 (default keepwatch.secrets.json
                     beside the configuration); their contents are never shown
  --cluster NAME     looks at this cluster alone
  --timeout SECONDS  how long to wait for any one answer, 1 to 600 (default 10)
  --probe URL        where the doctor's own client connects, if not where the feed does
                     (RabbitMQ: its MQTT port; default port 1883, with TLS 8883, of the same host)
  --mqttjs FOLDER    looks at the MQTT.js that the project in this folder has installed; without --config
                     at nothing else, and nothing is connected to
  --json             one JSON object instead of text
  --help             this text

Exit code: 0 nothing failed (there may be warnings), 1 something failed, 2 the command line or the
configuration is wrong.
`

/** Reads the command line. Never throws: what is wrong comes back in one line. */
export function readOptions(args: readonly string[]): OptionsOutcome {
  const values = parse(args)
  if (typeof values === 'string') return { kind: 'fault', message: values }
  if (values.help === true) return { kind: 'help' }
  const { timeout = '10', probe } = values
  if (!/^\d{1,3}$/.test(timeout) || Number(timeout) < 1 || Number(timeout) > 600) {
    return { kind: 'fault', message: `--timeout ${timeout}: seconds from 1 to 600 are needed` }
  }
  if (probe !== undefined && !(/^(mqtts?|wss?):\/\/[^@]+$/.test(probe) && URL.canParse(probe))) {
    return {
      kind: 'fault',
      message: '--probe needs a mqtt://, mqtts://, ws:// or wss:// URL without user name or password',
    }
  }
  return {
    kind: 'run',
    options: {
      settingsFile: values.config ?? 'keepwatch.json',
      secretsFile: values.secrets,
      cluster: values.cluster,
      timeoutMs: Number(timeout) * 1000,
      probeUrl: probe,
      mqttjsFolder: values.mqttjs,
      isMqttjsOnly: values.mqttjs !== undefined && values.config === undefined,
      json: values.json === true,
    },
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        secrets: { type: 'string' },
        cluster: { type: 'string' },
        timeout: { type: 'string' },
        probe: { type: 'string' },
        mqttjs: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  }
}
