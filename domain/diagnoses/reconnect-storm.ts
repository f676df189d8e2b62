/** Clients that lost their connections together come back together, again and again. */
import { medianOf } from '../statistics.ts'
import { peakOf } from '../evidence/age-peak.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import { minuteMs, secondMs } from '../time.ts'
import { deniedCodes, refusedWith } from '../evidence/counted.ts'
import { durationText } from '../evidence/words.ts'

const windowMinutes = 5
const leastClients = 20
const leastConnects = 30
/** Connects against what is usual in so many minutes. */
const leastRatio = 5
/** For each client: from here on they come more than once. */
const againPerClient = 1.5
const oncePerClient = 0.5
/** So many that they come again and again, though the broker tells no ends. */
const untoldPerClient = 2.5
/** Were so many of the connects of ten clients, these would be what is wrong. */
const mostByFew = 0.6

export const reconnectStorm: Explanation = {
  name: 'reconnect_storm',
  title: 'Clients come back all at once, again and again',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/561',
  needs: 'minutes with connects, ends and connected clients from before it began',
  over: ['broker_restart', 'overloaded_broker', 'slow_authentication'],
  recognise: (facts) => {
    const { subject } = facts.asked
    if (subject.of === 'client') return undefined
    const storms = [...facts.minutes].flatMap(([broker, minutes]) =>
      subject.of === 'broker' && subject.broker !== broker ? [] : (stormOf(broker, minutes) ?? []),
    )
    const [worst] = storms.toSorted((a, b) => b.attempts - a.attempts)
    if (worst === undefined) return undefined
    const { broker, attempts, clients, usual, fromMs, ends, busiest } = worst
    const toMs = fromMs + windowMinutes * minuteMs
    const period = periodOf(facts, broker, fromMs, toMs)
    const isAgain = attempts / clients >= againPerClient
    // Half of what came in its worst minute is what it may be given.
    const safePerSecond = Math.max(1, Math.floor(busiest / 60 / 2))
    const spreadMs = Math.ceil(clients / safePerSecond) * secondMs
    return {
      fit: isAgain ? 1 : 0.45,
      explains: explainedIn(facts, { fromMs: fromMs - minuteMs, toMs }),
      evidence: [
        `${attempts} connects and refused attempts at ${broker} within ${windowMinutes} min from ${new Date(fromMs).toISOString().slice(11, 16)} UTC; ${usual} are usual. That is ${Math.round((10 * attempts) / clients) / 10} for each of its ${clients} clients.`,
        `${ends} connections ended in that time and the minute before.`,
        ...(period === undefined ? [] : [period]),
      ],
      remedy: [
        `Let each client wait a random time within ${durationText(spreadMs)} before it reconnects (${clients} clients / ${safePerSecond} connects a second, half of what ${broker} got in its worst minute), and double it after each failure. MQTT.js waits a fixed reconnectPeriod: set it to a random number for each client.`,
        `Limit new connections at the broker or load balancer to ${safePerSecond} a second.`,
      ],
    }
  },
}

interface Storm {
  readonly broker: string
  readonly fromMs: number
  /** Connects and refused ones. */
  readonly attempts: number
  readonly clients: number
  readonly usual: number
  readonly ends: number
  readonly busiest: number
}

function stormOf(broker: string, all: readonly Minute[]): Storm | undefined {
  const minutes = all.filter(({ coverage }) => coverage > 0)
  const clients = Math.max(0, ...minutes.map(({ connected = 0 }) => connected))
  const usual = windowMinutes * (medianOf(minutes.map(({ connects }) => connects)) ?? 0)
  if (clients < leastClients) return undefined
  let best: Storm | undefined
  for (let first = 0; first < minutes.length; first += 1) {
    const window = minutes.slice(first, first + windowMinutes)
    const attempts = sum(window, attemptsIn)
    if (attempts <= (best?.attempts ?? 0) || window[0] === undefined) continue
    const ends = sum(minutes.slice(Math.max(0, first - 1), first + windowMinutes), ({ disconnects }) =>
      sum(Object.values(disconnects), (count) => count),
    )
    const busiest = Math.max(...window.map(attemptsIn))
    if (attempts < Math.max(leastConnects, leastRatio * usual, oncePerClient * clients)) continue
    if (attemptsOfFew(window) > mostByFew * attempts) continue
    // Clients that come to stay, such as in the beginning, ended nothing before.
    if (ends < oncePerClient * clients && sum(window, ({ connects }) => connects) < untoldPerClient * clients) continue
    best = { broker, fromMs: Date.parse(window[0].minute), attempts, clients, usual, ends, busiest }
  }
  return best
}

/** Who is turned away for who it is does not storm: it would come no more, were it let in. */
function attemptsIn(minute: Minute): number {
  return minute.connects + minute.refused - refusedWith([minute], deniedCodes)
}

/** Attempts of the ten clients with the most. */
function attemptsOfFew(minutes: readonly Minute[]): number {
  const byClient = new Map<string, number>()
  for (const { topClients } of minutes) {
    for (const { clientId, disconnects, attempts = disconnects } of topClients) {
      byClient.set(clientId, (byClient.get(clientId) ?? 0) + attempts)
    }
  }
  const most = [...byClient.values()].toSorted((a, b) => b - a).slice(0, 10)
  return sum(most, (attempts) => attempts)
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0)
}

/** After how long clients came back, where many did after the same time. */
function periodOf({ clients }: Facts, broker: string, fromMs: number, toMs: number): string | undefined {
  const waits = [...clients.values()].flatMap(({ sessions }) =>
    sessions.flatMap(({ beganMs, broker: at }, index) => {
      const endedMs = sessions[index - 1]?.endedMs
      if (at !== broker || beganMs === undefined || endedMs === undefined) return []
      return beganMs >= fromMs && beganMs < toMs && beganMs > endedMs ? [beganMs - endedMs] : []
    }),
  )
  const peak = peakOf(waits)
  if (peak === undefined) return undefined
  return `${peak.count} of ${peak.of} came back after the same time, about ${durationText(peak.atMs)}: a fixed reconnectPeriod without a random part.`
}

function explainedIn(
  { asked, bad, attempts, minutes }: Facts,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): number {
  const isIn = (ms: number | undefined) => ms !== undefined && ms >= fromMs && ms < toMs
  if (asked.events.length > 0) {
    return bad.filter(({ endedMs }) => isIn(endedMs)).length + attempts.filter(({ atMs }) => isIn(atMs)).length
  }
  const { subject } = asked
  const counted = [...minutes].flatMap(([broker, own]) =>
    subject.of === 'broker' && subject.broker !== broker ? [] : own,
  )
  return sum(
    counted.filter(({ minute }) => isIn(Date.parse(minute))),
    ({ abnormal, refused }) => abnormal + refused,
  )
}
