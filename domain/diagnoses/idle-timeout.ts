/** A proxy, load balancer or NAT on the path cuts connections that were idle for its limit. */
import { peakOf } from '../age-peak.ts'
import type { Explanation } from '../explanation.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../two-views.ts'
import { betweenText, durationText, medianOf } from './words.ts'

/** Idle limits that are often met, seconds. */
export const knownIdleLimits: readonly { readonly seconds: number; readonly who: string }[] = [
  { seconds: 50, who: 'HAProxy as it is often configured (timeout server 50s)' },
  { seconds: 60, who: 'nginx (proxy_read_timeout) and AWS application load balancers, by default' },
  { seconds: 100, who: 'Cloudflare' },
  { seconds: 240, who: 'Azure load balancers, by default' },
  { seconds: 350, who: 'AWS network load balancers, by default' },
  { seconds: 600, who: 'Google Cloud load balancers, by default' },
]
/** Whoever ends it by MQTT says so, or knows better; what a middlebox cuts looks like this. */
const cutCauses = new Set(['network_eof', 'network_reset', 'unknown'])
/** A keepalive of two thirds of the limit leaves room for a late ping. */
const safeShare = 2 / 3

export const idleTimeout: Explanation = {
  name: 'idle_timeout',
  title: 'Something on the path cuts idle connections',
  basis: 'settled',
  source: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html',
  needs: 'at least three ends of sessions whose begins are recorded too, and the keepalive',
  recognise: ({ bad }) => {
    const cut = bad.filter(({ cause = 'unknown', ageMs }) => cutCauses.has(cause) && ageMs !== undefined)
    const idle = cut.flatMap((session) => idleOf(session) ?? [])
    // The time since the last packet shows a limit also where sessions live long in between.
    const byIdle = peakOf(idle)
    const byAge = peakOf(cut.flatMap(({ ageMs }) => ageMs ?? []))
    const peak = byIdle !== undefined && byIdle.count >= (byAge?.count ?? 0) ? byIdle : byAge
    if (peak === undefined) return undefined
    const keepaliveMs = (medianOf(cut.flatMap(({ keepaliveSeconds }) => keepaliveSeconds ?? [])) ?? 0) * secondMs
    // A client that pings more often is never idle for so long.
    if (keepaliveMs > 0 && keepaliveMs < peak.fromMs * 0.95) return undefined
    const known = knownIdleLimits.find(({ seconds }) => Math.abs(seconds * secondMs - peak.atMs) <= 0.05 * peak.atMs)
    const share = peak.count / peak.of
    const what = peak === byIdle ? 'ended with the last packet' : 'sessions ended at an age'
    const ofAll =
      peak === byIdle
        ? `${peak.count} of ${peak.of} sessions ${what} ${betweenText(peak.fromMs, peak.toMs)} before`
        : `${peak.count} of ${peak.of} ${what} ${betweenText(peak.fromMs, peak.toMs)}`
    const safeSeconds = Math.floor((peak.atMs * safeShare) / secondMs)
    return {
      fit: Math.min(1, share * (known === undefined ? 0.8 : 1) * (keepaliveMs > 0 ? 1 : 0.8)),
      explains: peak.count,
      evidence: [
        `${ofAll}; none of them with a DISCONNECT.`,
        keepaliveMs > 0
          ? `The keepalive is ${durationText(keepaliveMs)}: no ping is due before that.`
          : 'The keepalive is not recorded.',
        ...(known === undefined ? [] : [`${known.who}, drop what was idle for ${known.seconds} s.`]),
      ],
      remedy: [
        `Set the keepalive to ${safeSeconds} s or less (two thirds of the limit), so that a ping comes before it.`,
        'Or raise the idle timeout of the proxy, load balancer or NAT above 1.5 times the keepalive.',
        'Raising the keepalive makes it worse.',
      ],
    }
  },
}

/** Time from the last packet to the end, where the client told it. */
function idleOf({ claim }: Session): number | undefined {
  const { sinceReceivedMs, sinceSentMs } = claim.end?.evidence ?? {}
  if (sinceReceivedMs === undefined || sinceSentMs === undefined) return undefined
  return Math.min(sinceReceivedMs, sinceSentMs)
}
