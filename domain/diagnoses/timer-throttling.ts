/** A browser slows the timers of a hidden page down to one a minute: pings of a shorter keepalive come too late. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import { hasDefect } from '../mqttjs-versions.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { keepaliveMsOf, libraryOf, timedOut, wasSuspended } from '../evidence/timeouts.ts'
import { durationText, namesText } from '../evidence/words.ts'

/** Hidden pages wake once a minute. */
const throttledMs = 60 * secondMs
const leastEnds = 2

export const timerThrottling: Explanation = {
  name: 'timer_throttling',
  title: 'The browser slows down the timers of a hidden page',
  basis: 'settled',
  source: 'https://github.com/mqttjs/MQTT.js/issues/1257',
  needs: 'what the page itself saw (observe(client) in it): whether it was hidden, and its version of MQTT.js',
  over: ['client_stall', 'half_open', 'keepalive_too_short'],
  recognise: ({ clients }) => {
    const found = [...clients.values()].flatMap((client) => throttledIn(client) ?? [])
    const [worst] = found.toSorted((a, b) => b.ends.length - a.ends.length)
    if (worst === undefined) return undefined
    const { clientId, ends, of, version, isWorker } = worst
    const keepaliveMs = medianOf(ends.flatMap((session) => keepaliveMsOf(session) ?? [])) ?? 0
    const isKnown = isWorker || version !== undefined
    return {
      fit: (isKnown ? 1 : 0.65) * (ends.length / of >= 0.7 ? 1 : ends.length / of),
      explains: found.reduce((sum, each) => sum + each.ends.length, 0),
      clients: found.map((each) => each.clientId),
      evidence: [
        `${ends.length} of ${of} keepalive timeouts of ${namesText([clientId])} came while its page was hidden${isWorker ? ', or in a worker' : ''}.`,
        `The keepalive is ${durationText(keepaliveMs)}; browsers let timers of hidden pages run once in ${durationText(throttledMs)}.`,
        isWorker
          ? 'It runs in a worker, where MQTT.js uses the timers of the worker itself.'
          : version === undefined
            ? 'The version of MQTT.js is not recorded.'
            : `It uses MQTT.js ${version}; from 5.3.2 on pings hang on timers that are not slowed down.`,
      ],
      remedy: [
        ...(isWorker
          ? ['Keep the connection in the page or a dedicated worker rather than in a service worker.']
          : [`Upgrade MQTT.js to 5.5.0 or later and leave its option timerVariant at "auto".`]),
        'Or set the keepalive to 120 s: one ping a minute then suffices. Mind idle limits of proxies on the path.',
      ],
    }
  },
}

function throttledIn({ clientId, bad }: ClientFacts) {
  const timeouts = bad.filter((session) => (timedOut(session) || wasSuspended(session)) && isOfBrowser(session))
  const ends = timeouts.filter(isThrottled)
  if (ends.length < leastEnds) return undefined
  const isWorker = ends.every(({ claim }) => claim.end?.evidence?.runtime === 'worker')
  return {
    clientId,
    ends,
    of: timeouts.length,
    version: ends.flatMap((session) => libraryOf(session) ?? []).at(-1),
    isWorker,
  }
}

function isOfBrowser({ claim }: Session): boolean {
  const runtime = claim.end?.evidence?.runtime
  return runtime === 'browser' || runtime === 'worker'
}

/** Hidden, with a keepalive below what such a page can keep, and a library that hangs on the page's timers. */
function isThrottled(session: Session): boolean {
  const { runtime, hidden } = session.claim.end?.evidence ?? {}
  const keepaliveMs = keepaliveMsOf(session)
  if (keepaliveMs === undefined || keepaliveMs >= throttledMs) return false
  if (runtime === 'worker') return hidden !== false
  return hidden === true && hasDefect('throttled_timers', libraryOf(session)) !== false
}
