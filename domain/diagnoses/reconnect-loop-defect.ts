/** MQTT.js 5.3.2 to 5.3.4 loops after a loss of the network: its old ping timer closes each new connection. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import { hasDefect } from '../mqttjs-versions.ts'
import { secondMs } from '../time.ts'
import { durationText, namesText } from '../evidence/words.ts'

/** So many closes in the same step are no accident. */
const leastSteps = 4
const leastShare = 0.6
const longestKeepaliveSeconds = 60
const stepShare = 0.03
const stepMs = 600
/** Who closed the connection was the peer: no timer of the client did. */
const closedByPeer = new Set(['tcp_fin', 'tcp_reset', 'server_disconnect', 'connack_refused'])

export const reconnectLoopDefect: Explanation = {
  name: 'reconnect_loop_defect',
  title: 'MQTT.js before 5.3.5 loops after a loss of the network',
  basis: 'settled',
  source: 'https://github.com/mqttjs/MQTT.js/issues/1778',
  needs: 'five closes or more of one client, its keepalive and its version of MQTT.js',
  over: ['client_stall', 'idle_timeout', 'endpoint_down', 'changing_network', 'wrong_endpoint'],
  recognise: ({ clients }) => {
    const found = [...clients.values()].flatMap((client) => loopOf(client) ?? [])
    const [worst] = found.toSorted((a, b) => b.steps.length - a.steps.length)
    if (worst === undefined) return undefined
    const { clientId, steps, of, keepaliveMs, version } = worst
    return {
      fit: version === undefined ? 0.5 : 1,
      explains: found.reduce((sum, each) => sum + each.steps.length + 1, 0),
      clients: found.map((each) => each.clientId),
      evidence: [
        `${steps.length} of ${of} closes of ${namesText([clientId])} came ${durationText(medianOf(steps) ?? 0)} after the one before: its keepalive, ${durationText(keepaliveMs)}, and not its reconnect period.`,
        'The broker closed none of them.',
        version === undefined
          ? 'The version of MQTT.js is not recorded.'
          : `It uses MQTT.js ${version}, whose ping timer outlives a lost connection.`,
      ],
      remedy: [
        `Upgrade MQTT.js to 5.3.5 or later (keepwatch doctor --mqttjs FOLDER tells more).`,
        'Until then start the process anew after an outage, or set the keepalive to 0 and accept that dead links stay.',
      ],
    }
  },
}

function loopOf({ clientId, bad, attempts, events }: ClientFacts) {
  const told = events.findLast(({ keepaliveSeconds }) => keepaliveSeconds !== undefined)
  const { keepaliveSeconds = 0 } = told ?? {}
  if (keepaliveSeconds <= 0 || keepaliveSeconds >= longestKeepaliveSeconds) return undefined
  const version = events.findLast(({ evidence }) => evidence?.libraryVersion !== undefined)?.evidence?.libraryVersion
  if (hasDefect('reconnect_loop', version) === false) return undefined
  const causes = bad.flatMap(({ claim }) => claim.end?.evidence?.clientCause ?? [])
  // Without the client's view nobody knows who closed it.
  if (causes.length === 0 || causes.filter((cause) => closedByPeer.has(cause)).length * 2 > causes.length)
    return undefined
  const keepaliveMs = keepaliveSeconds * secondMs
  const times = [...bad.map(({ endedMs = 0 }) => endedMs), ...attempts.map(({ atMs }) => atMs)].toSorted(
    (a, b) => a - b,
  )
  const all = times.slice(1).map((ms, index) => ms - (times[index] ?? 0))
  const steps = all.filter((ms) => Math.abs(ms - keepaliveMs) <= Math.max(stepShare * keepaliveMs, stepMs))
  if (steps.length < leastSteps || steps.length < leastShare * all.length) return undefined
  return { clientId, steps, of: times.length, keepaliveMs, version }
}
