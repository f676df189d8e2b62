/** A load balancer or a monitor opens a connection now and then to see whether the port answers. */
import { medianOf } from '../statistics.ts'
import type { Event } from '../event.ts'
import type { Explanation } from '../explanation.ts'
import { addressOf } from '../peer.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

/** Who speaks no MQTT sends nothing that could be wrong. */
const silentCauses = new Set(['network_eof', 'network_reset', 'unknown', 'keepalive_timeout'])
const leastChecks = 6
const leastShare = 0.75
/** Of many a smaller share is no accident; some are lost, and with each the rhythm of several checkers. */
const many = 20
const leastShareOfMany = 0.55
/** So many checkers may share an address, each with a rhythm of its own. */
const mostCheckers = 4
/** More often no check comes; a client that tries again and again does. */
const leastIntervalMs = 1900
/** Stamps may be of whole seconds. */
const leastSpreadMs = 1100

interface Checks {
  readonly address: string
  readonly count: number
  readonly intervalMs: number
  readonly regular: number
}

export const healthChecks: Explanation = {
  name: 'health_checks',
  title: 'Health checks open connections and say nothing',
  basis: 'settled',
  source: 'https://hivemq.atlassian.net/wiki/spaces/KB/pages/733446532',
  needs: 'of a broker: connections that ended before a client id was told, with their address',
  recognise: ({ asked, attempts, bad }) => {
    const nameless = [...new Map(asked.events.map((event) => [event.id, event])).values()].filter(isSilent)
    const found = [...Map.groupBy(nameless, ({ peer }) => (peer === undefined ? '' : addressOf(peer)))].flatMap(
      ([address, events]) => checksFrom(address, events) ?? [],
    )
    const [most] = found.toSorted((a, b) => b.count - a.count)
    if (most === undefined) return undefined
    const count = found.reduce((sum, checks) => sum + checks.count, 0)
    const known = found.filter(({ address }) => address !== '')
    const others = bad.length + attempts.length - count
    return {
      fit: (known.length === 0 ? 0.75 : 1) * (count >= 0.7 * nameless.length ? 1 : 0.6),
      explains: count,
      evidence: [
        `${countText(count, 'connection')} ended before a client id was told${known.length === 0 ? '' : `, from ${namesText(known.map(({ address }) => address))}`}.`,
        `They come every ${durationText(most.intervalMs)}: ${Math.round(100 * most.regular)} % of ${most.count} within a tenth of that.`,
        `Other ends and failed attempts in the same time: ${Math.max(0, others)}.`,
      ],
      remedy: [
        'No client is affected: leave them out of what is counted, or ignore them.',
        'Let the load balancer check an HTTP endpoint of the broker instead, or send the PROXY protocol with its checks.',
        `Or check less often than every ${durationText(most.intervalMs)}.`,
      ],
    }
  },
}

function isSilent({ own, clientId = '', clientDigest, type, view, cause = 'unknown' }: Event): boolean {
  if (own || view !== 'broker' || clientId !== '' || clientDigest !== undefined) return false
  return (type === 'refused' || type === 'disconnected') && silentCauses.has(cause)
}

/** The interval in which most come again; several checkers in turn repeat after as many. */
function checksFrom(address: string, events: readonly Event[]): Checks | undefined {
  if (events.length < leastChecks) return undefined
  const times = events.map(({ at }) => Date.parse(at)).toSorted((a, b) => a - b)
  for (let lag = 1; lag <= mostCheckers; lag += 1) {
    const gaps = times.slice(lag).map((ms, index) => ms - (times[index] ?? 0))
    const intervalMs = medianOf(gaps) ?? 0
    if (intervalMs < leastIntervalMs) continue
    const spreadMs = Math.max(leastSpreadMs, 0.1 * intervalMs)
    const regular = gaps.filter((gap) => Math.abs(gap - intervalMs) <= spreadMs).length / gaps.length
    if (regular < (events.length >= many ? leastShareOfMany : leastShare) || spreadMs > 0.3 * intervalMs) continue
    return { address, count: events.length, intervalMs, regular }
  }
  return undefined
}
