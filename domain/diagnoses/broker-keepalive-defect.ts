/** A broker times out sessions that are younger than their keepalive, which no silence can explain. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import { companyOf, isTooYoung, keepaliveMsOf } from '../evidence/timeouts.ts'
import { betweenText, countText, durationText, namesText } from '../evidence/words.ts'

/** So many others in the same second: it is the broker's clock, not its arithmetic. */
const mostCompany = 3

export const brokerKeepaliveDefect: Explanation = {
  name: 'broker_keepalive_defect',
  title: 'The broker reckons the keepalive wrongly',
  basis: 'settled',
  source: 'https://github.com/eclipse-mosquitto/mosquitto/issues/3226',
  needs: 'keepalive timeouts as the broker tells them, when the sessions began, and their keepalive',
  over: ['client_stall', 'keepalive_too_short', 'receive_only_ping_defect'],
  recognise: (facts) => {
    const company = companyOf(facts)
    const timeouts = facts.bad.filter(({ end }) => end?.cause === 'keepalive_timeout')
    const young = timeouts.filter((session) => isTooYoung(session) && company(session) < mostCompany)
    if (young.length === 0) return undefined
    const ages = young.flatMap(({ ageMs }) => ageMs ?? []).toSorted((a, b) => a - b)
    const keepaliveMs = medianOf(young.flatMap((session) => keepaliveMsOf(session) ?? [])) ?? 0
    const clients = [...new Set(young.map(({ clientId }) => clientId))]
    const brokers = [...new Set(young.map(({ broker }) => broker))]
    return {
      // A single one may be a begin that was not told.
      fit: young.length === 1 ? 0.6 : young.length / timeouts.length < 0.3 ? 0.7 : 1,
      explains: young.length,
      clients,
      evidence: [
        `${young.length} of ${countText(timeouts.length, 'keepalive timeout')} ended a session ${betweenText(ages[0] ?? 0, ages.at(-1) ?? 0)} old.`,
        `Their keepalive is ${durationText(keepaliveMs)}: a broker waits ${durationText(1.5 * keepaliveMs)} from the last packet on, so none of them can have been silent for long enough.`,
        `It happened on ${namesText(brokers)} to ${countText(clients.length, 'client')}.`,
      ],
      remedy: [
        `Upgrade the broker ${namesText(brokers)}.`,
        'Until then, for mosquitto, raise max_keepalive (65535 at most), which 2.0.21 applied wrongly.',
        'Changing the clients does not help: they keep to the protocol.',
      ],
    }
  },
}
