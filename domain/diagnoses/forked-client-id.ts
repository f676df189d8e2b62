/** Several processes, workers or browser tabs of one host share a client id and throw each other out. */
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { type Fight, fightsOf, sureOfMinutes } from '../evidence/fights.ts'
import { durationText, namesText } from '../evidence/words.ts'

const leastTakeovers = 5
/** Of MQTT.js, where none is told. */
const usualPeriodMs = 1000
/** An address from which more other clients come is a proxy's or a NAT's: it says nothing about the host. */
const mostOthers = 3
/** Minutes do not tell who else comes from an address. */
const fitOfMinutes = 0.62

export const forkedClientId: Explanation = {
  name: 'forked_client_id',
  title: 'Several processes of one host share a client id',
  basis: 'settled',
  source: 'https://github.com/mqttjs/MQTT.js/issues/907',
  needs: 'take-overs as the broker tells them, with the address and port of each connection',
  over: ['duplicate_client_id', 'benign_takeover', 'kicked'],
  recognise: (facts) => {
    const others = othersAt(facts)
    const found = fightsOf(facts).filter((fight) => isOneHost(fight, others))
    const [worst] = found
    if (worst === undefined) return undefined
    const { clientId, takeovers, spanMs, addresses, ports, processes, sessionMs, reconnectPeriodMs, returns } = worst
    const how = howMany(worst)
    return {
      fit: returns === undefined ? fitOfMinutes * sureOfMinutes(worst) : processes.length > 1 || how > 2 ? 1 : 0.85,
      explains: found.reduce((sum, fight) => sum + fight.takeovers + fight.banned, 0),
      clients: found.map((fight) => fight.clientId),
      evidence: [
        `${namesText([clientId])} was taken over ${takeovers} times within ${durationText(spanMs)}.`,
        `All its connections came from ${namesText(addresses)}, by ${ports} ports in turn.`,
        ...(sessionMs === undefined
          ? []
          : [
              `A session lasted ${durationText(sessionMs)}, by the median: as of ${how} that come back after ${durationText(reconnectPeriodMs ?? usualPeriodMs)}.`,
            ]),
        ...(processes.length === 0 ? [] : [`Claimed by ${namesText(processes)}.`]),
        ...(found.length > 1 ? [`${found.length} client ids are shared so.`] : []),
      ],
      remedy: [
        `On ${namesText(addresses)}, put the process id, the worker's number or the tab's into the client id.`,
        processes.length === 1 && how <= 2
          ? 'One process holds several clients: end the old one before a new one connects with its id.'
          : `Or let one of the ${how} connect and share its connection.`,
      ],
    }
  },
}

function isOneHost({ addresses, takeovers, ports, isTold }: Fight, others: ReadonlyMap<string, number>): boolean {
  const [address = ''] = addresses
  const isOne = addresses.length === 1 && takeovers >= leastTakeovers && ports > 1 && isTold
  return isOne && (others.get(address) ?? 0) <= mostOthers
}

/** Each of n is thrown out by the next and back after its period: so a session lasts a period divided by n − 1. */
function howMany({ sessionMs, reconnectPeriodMs, processes }: Fight): number {
  const periodMs = reconnectPeriodMs ?? usualPeriodMs
  const guessed = sessionMs === undefined ? 2 : Math.round(periodMs / Math.max(1, sessionMs)) + 1
  return Math.max(2, processes.length, Math.min(64, guessed))
}

/** How many other clients come from an address. */
function othersAt({ clients, asked }: Facts): Map<string, number> {
  const ids = new Map<string, Set<string>>()
  const note = (clientId: string | undefined, peer: string | undefined) => {
    if (clientId === undefined || peer === undefined) return
    const address = addressOf(peer)
    ids.set(address, (ids.get(address) ?? new Set()).add(clientId))
  }
  for (const { clientId, sessions } of clients.values()) for (const { peer } of sessions) note(clientId, peer)
  for (const { clientId, peer } of asked.nearby) note(clientId, peer)
  return new Map([...ids].map(([address, own]) => [address, own.size - 1]))
}
