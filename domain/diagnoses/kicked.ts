/** An operator, a ban or a rule of the broker ended connections. */
import type { Explanation, Recognition } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { minutesAsked, shareAsked } from '../evidence/counted.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

/** So many ends within a moment were one act. */
const leastTogether = 3
const togetherMs = 10_000

export const kicked: Explanation = {
  name: 'kicked',
  title: 'An operator or a ban ended the connection',
  basis: 'inferred',
  source: 'https://docs.emqx.com/en/emqx/latest/access-control/flapping-detect.html',
  needs: 'the reason as the broker tells it, or MQTT 5 so that the client is told (0x98)',
  recognise: (facts) => {
    const { bad, attempts, asked } = facts
    if (asked.events.length === 0) return counted(facts)
    const ends = bad.filter(({ cause }) => cause === 'kicked')
    const refused = attempts.filter(({ told, claim }) => (told?.cause ?? claim?.cause) === 'kicked')
    const all = ends.length + refused.length
    if (all === 0) return undefined
    const clients = [...new Set([...ends, ...refused].flatMap(({ clientId }) => clientId ?? []))]
    const spanMs = (ends.at(-1)?.endedMs ?? 0) - (ends[0]?.endedMs ?? 0)
    const isOneAct = clients.length >= leastTogether && spanMs <= togetherMs
    const reason = ends.find(({ end }) => end?.reason !== undefined)?.end?.reason
    return {
      fit: 1,
      explains: all,
      clients,
      evidence: [
        ...(ends.length === 0
          ? []
          : [
              `${countText(ends.length, 'session')} ended because the broker was told to end ${ends.length === 1 ? 'it' : 'them'}${reason === undefined ? '' : ` ("${namesText([reason])}")`}.`,
            ]),
        ...(refused.length === 0
          ? []
          : [
              `${countText(refused.length, 'attempt')}${ends.length === 0 ? '' : ' afterwards'} ${refused.length === 1 ? 'was' : 'were'} refused as banned.`,
            ]),
        ...(isOneAct ? [`${clients.length} clients within ${durationText(spanMs)}: one act.`] : []),
      ],
      remedy: [
        refused.length > 0
          ? 'Look at the list of bans: who set it, until when, and for client id, user or address.'
          : 'Ask who ended it: the audit log of the dashboard or of the command line tells.',
        'If nobody did, look for a rule that does: flapping detection, a quota, an expired session of a script.',
      ],
    }
  },
}

/** Minutes tell how many, not who or why. */
function counted(facts: Facts): Recognition | undefined {
  const minutes = minutesAsked(facts)
  const all = minutes.reduce((sum, { disconnects }) => sum + (disconnects.kicked ?? 0), 0)
  const count = Math.round(all * shareAsked(facts, minutes))
  if (count === 0) return undefined
  return {
    fit: 1,
    explains: count,
    evidence: [
      `${countText(count, 'session')} ended because the broker was told to end ${count === 1 ? 'it' : 'them'}.`,
    ],
    remedy: ['Ask who ended them: the audit log of the dashboard or of the command line tells.'],
  }
}
