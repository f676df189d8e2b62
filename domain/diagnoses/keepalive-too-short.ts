/** A keepalive of a few seconds: a slow round trip, or a broker that counts whole seconds, is taken for a dead link. */
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import type { Session } from '../two-views.ts'
import { hasPingPeriod } from './receive-only-ping-defect.ts'
import { companyOf, isTooYoung, keepaliveMsOf, timedOut, wasSuspended } from './timeouts.ts'
import { countText, durationText, medianOf, namesText } from './words.ts'

const shortMs = 5000
/** Brokers count whole seconds: of so few, one is a large part. */
const coarseMs = 2000
const leastEnds = 3
/** So many others in the same second: it is the broker. */
const mostCompany = 3
/** A round trip of this share of the keepalive is near it; below the other it is far from it. */
const nearShare = 0.2
const farShare = 0.05
const saferSeconds = 30

export const keepaliveTooShort: Explanation = {
  name: 'keepalive_too_short',
  title: 'The keepalive is too short for the link',
  basis: 'settled',
  source: 'https://github.com/eclipse-mosquitto/mosquitto/issues/865',
  needs: 'at least three keepalive timeouts of a client, its keepalive, and round trips as it measured them',
  over: ['client_stall'],
  recognise: (facts) => {
    const company = companyOf(facts)
    const found = [...facts.clients.values()].flatMap((client) => falseTimeoutsOf(client, company) ?? [])
    const [worst] = found.toSorted((a, b) => b.ends.length - a.ends.length)
    if (worst === undefined) return undefined
    const { clientId, ends, keepaliveMs, rttMs, worstRttMs } = worst
    const share = worstRttMs === undefined ? undefined : worstRttMs / keepaliveMs
    return {
      fit: fitOf(share, keepaliveMs),
      explains: found.reduce((sum, each) => sum + each.ends.length, 0),
      clients: found.map((each) => each.clientId),
      evidence: [
        `${namesText([clientId])} was given up for silence ${countText(ends.length, 'time')}; its keepalive is ${durationText(keepaliveMs)}, so a gap of ${durationText(1.5 * keepaliveMs)} suffices.`,
        rttMs === undefined || worstRttMs === undefined
          ? 'Round trips of its pings are not recorded.'
          : `Its pings took ${durationText(rttMs)} by the median and up to ${durationText(worstRttMs)}: ${Math.round((100 * worstRttMs) / keepaliveMs)} % of the keepalive.`,
        ...(keepaliveMs <= coarseMs ? ['Brokers count whole seconds: of such a keepalive one is a large part.'] : []),
      ],
      remedy: [
        `Set the keepalive to ${saferOf(worstRttMs)} s; a dead link is then noticed after ${durationText(1500 * saferOf(worstRttMs))}.`,
        'Where the application must know sooner, let it send messages and wait for answers of its own.',
      ],
    }
  },
}

function saferOf(worstRttMs = 0): number {
  return Math.max(saferSeconds, Math.ceil((worstRttMs * 10) / 1000))
}

function fitOf(share: number | undefined, keepaliveMs: number): number {
  if (share === undefined) return keepaliveMs <= coarseMs ? 0.8 : 0.6
  if (share >= nearShare) return 1
  if (keepaliveMs <= coarseMs) return 0.8
  return share >= farShare ? 0.7 : 0.45
}

function falseTimeoutsOf({ clientId, bad }: ClientFacts, company: (session: Session) => number) {
  const ends = bad.filter((session) => {
    const keepaliveMs = keepaliveMsOf(session)
    const isShort = keepaliveMs !== undefined && keepaliveMs <= shortMs
    return isShort && timedOut(session) && !isTooYoung(session) && !wasSuspended(session)
  })
  const alone = ends.filter((session) => company(session) < mostCompany)
  // A timeout right after each begin is no matter of the link.
  if (alone.length < leastEnds || alone.every(hasPingPeriod)) return undefined
  const rtts = bad.flatMap(({ claim }) => claim.end?.evidence?.rttMs ?? [])
  const keepaliveMs = medianOf(alone.flatMap((session) => keepaliveMsOf(session) ?? [])) ?? shortMs
  return {
    clientId,
    ends: alone,
    keepaliveMs,
    rttMs: medianOf(rtts),
    worstRttMs: rtts.length === 0 ? undefined : Math.max(...rtts),
  }
}
