/** Two clients use one id: each that connects throws the other out. */
import type { Explanation } from '../explanation.ts'
import { type Fight, fightsOf, sureOfMinutes } from '../evidence/fights.ts'
import { durationText, namesText } from '../evidence/words.ts'

/** So often must an address come back after another, of the connections, for the peers to alternate. */
const leastReturns = 0.25

export const duplicateClientId: Explanation = {
  name: 'duplicate_client_id',
  title: 'Two clients use one client id',
  basis: 'settled',
  source: 'https://github.com/mqttjs/MQTT.js/issues/684',
  needs: 'take-overs as the broker tells them, with the address of each connection',
  over: ['benign_takeover', 'changing_network', 'kicked'],
  recognise: (facts) => {
    const found = fightsOf(facts)
    const [worst] = found
    if (worst === undefined) return undefined
    return {
      fit: fitOf(worst),
      explains: found.reduce((sum, fight) => sum + fight.takeovers + fight.banned, 0),
      clients: found.map((fight) => fight.clientId),
      evidence: [...evidenceOf(worst), ...(found.length > 1 ? [`${found.length} client ids are fought over.`] : [])],
      remedy: [
        `Give each its own client id${worst.addresses.length > 1 ? `: look at ${namesText(worst.addresses)}` : ''}.`,
        'Where a process starts several connections, put its process id or a random part into the client id.',
      ],
    }
  },
}

function fitOf(fight: Fight): number {
  const { addresses, returns, connections, processes, unclaimed, takeovers, isTold } = fight
  const told = isTold ? 1 : 0.75
  if (processes.length > 1) return told
  if (addresses.length > 1) {
    if (returns === undefined) return 0.9 * sureOfMinutes(fight)
    return (returns >= leastReturns * connections && returns >= 2 ? 1 : 0.3) * told
  }
  // Some connections are of a process that claims them, the others of nobody who does.
  if (unclaimed >= 2) return 0.8 * told
  return (takeovers >= 5 ? 0.65 : 0.5) * told * (returns === undefined ? sureOfMinutes(fight) : 1)
}

function evidenceOf({
  clientId,
  takeovers,
  isTold,
  spanMs,
  addresses,
  returns,
  processes,
  unclaimed,
  sessionMs,
  reconnectPeriodMs,
  banned,
}: Fight): string[] {
  const name = namesText([clientId])
  return [
    isTold
      ? `${name} was taken over ${takeovers} times within ${durationText(spanMs)}.`
      : `${takeovers} connections of ${name} ended in the instant in which the next began.`,
    ...(addresses.length > 1
      ? [
          `Its connections came in turn from ${namesText(addresses)}${returns === undefined ? '' : `: ${returns} times back to an address seen before`}.`,
        ]
      : []),
    ...(processes.length > 1 ? [`The processes ${namesText(processes)} claim connections of it.`] : []),
    ...(processes.length === 1 && unclaimed > 0
      ? [`${unclaimed} connections are not of the process ${namesText(processes)}, which tells of its own.`]
      : []),
    ...(banned === 0 ? [] : [`The broker then refused it ${banned} times as banned, for it came and went so often.`]),
    ...(sessionMs === undefined ? [] : [`A session lasted ${durationText(sessionMs)}, by the median.`]),
    ...(reconnectPeriodMs === undefined ? [] : [`The reconnect period is ${durationText(reconnectPeriodMs)}.`]),
  ]
}
