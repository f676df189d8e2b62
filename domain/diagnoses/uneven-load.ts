/** One broker carries more, or less, than its share, and new connects keep it so. */
import type { Explanation } from '../explanation.ts'
import { lackOf } from '../evidence/completeness.ts'
import { isCrowded, isQuiet, isStarved, type Load, loadsOf, loadText, movesText } from '../evidence/counted.ts'

/** So few connects do not tell where new ones go. */
const fewConnects = 20
const leastMinutes = 5
/** Where ends may be missing, one of them may be what is asked about. */
const fitOfPart = 0.7

export const unevenLoad: Explanation = {
  name: 'uneven_load',
  title: 'The load is spread unevenly over the brokers',
  basis: 'inferred',
  source: 'https://github.com/emqx/emqx/issues/5946',
  needs: 'minutes of all brokers of the cluster that tell how many clients each has',
  recognise: (facts) => {
    const { subject } = facts.asked
    const loads = loadsOf(facts)
    const uneven = loads.filter((load) => isCrowded(load) || isStarved(load))
    const [one] =
      subject.of === 'broker'
        ? uneven.filter(({ broker }) => broker === subject.broker)
        : uneven.toSorted((a, b) => b.clients - b.fair - (a.clients - a.fair))
    if (one === undefined || subject.of === 'client') return undefined
    const connects = loads.reduce((sum, load) => sum + load.connects, 0)
    const connectShare = connects === 0 ? one.fairShare : one.connects / connects
    const isFed = one.ratio > 1 ? connectShare > 1.1 * one.fairShare : connectShare < 0.9 * one.fairShare
    const isTold = connects >= fewConnects
    const lasts = one.minutes.filter(({ connected }) => connected !== undefined).length >= leastMinutes
    const lack = lackOf(facts)
    return {
      fit: (isTold && isFed ? 1 : 0.85) * (lasts ? 1 : 0.6) * (lack === undefined ? 1 : fitOfPart),
      // It ends no connection: it is what is asked about where no more of them end than usual.
      explains: isQuiet(facts) ? facts.toExplain : 0,
      evidence: [
        loadText(one),
        ...(isTold ? [connectsText(one, connects, connectShare, isFed)] : []),
        `The others: ${loads
          .filter((load) => load !== one)
          .slice(0, 6)
          .map(({ broker, clients }) => `${broker} ${clients}`)
          .join(', ')}.`,
        ...(lack === undefined ? [] : [lack]),
      ],
      remedy: [
        `Rebalance: ${movesText(loads)}.`,
        isTold && !isFed
          ? 'New connects are spread well: it balances by itself as clients come back, unless their sessions are long.'
          : 'Let the load balancer choose the broker with the fewest connections (leastconn), not by the source address.',
        'Look for clients that have one broker written into their configuration, and for many clients behind one address.',
      ],
    }
  },
}

function connectsText(one: Load, connects: number, share: number, isFed: boolean): string {
  const went = `Of ${connects} connects in this time ${one.connects} (${Math.round(100 * share)} %) went to it`
  if (one.ratio > 1) return isFed ? `${went}: new ones keep choosing it.` : `${went}: no more than its share.`
  return isFed ? `${went}: new ones avoid it.` : `${went}: as many as its share.`
}
