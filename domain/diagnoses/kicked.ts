/** An operator, a ban or a rule of the broker ended connections. */
import type { Explanation } from '../explanation.ts'
import { countText, durationText, namesText } from './words.ts'

/** So many ends within a moment were one act. */
const leastTogether = 3
const togetherMs = 10_000

export const kicked: Explanation = {
  name: 'kicked',
  title: 'An operator or a ban ended the connection',
  basis: 'inferred',
  source: 'https://docs.emqx.com/en/emqx/latest/access-control/flapping-detect.html',
  needs: 'the reason as the broker tells it, or MQTT 5 so that the client is told (0x98)',
  recognise: ({ bad, attempts }) => {
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
        `${countText(ends.length, 'session')} ended because the broker was told to end them${reason === undefined ? '' : ` ("${namesText([reason])}")`}.`,
        ...(refused.length === 0 ? [] : [`${countText(refused.length, 'attempt')} afterwards were refused as banned.`]),
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
