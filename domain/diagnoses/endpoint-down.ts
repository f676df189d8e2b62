/** Nothing answers at the broker's address: its name is unknown, the port is closed, the host cannot be reached. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import { minuteMs } from '../time.ts'
import type { Attempt } from '../evidence/two-views.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

const leastAttempts = 3
/** What comes back sooner was a restart. */
const leastOutageMs = minuteMs
/** A broker of which nothing came for so long, and before that much. */
const leastSilentMinutes = 3
const leastClients = 10
/** So much of its clients went elsewhere: then it is the broker that is gone, not only what it told. */
const movedShare = 0.3

const sights: Readonly<Record<string, string>> = {
  dns: 'its name could not be resolved',
  refused: 'the connection was refused: nothing listens there',
  unreachable: 'the host could not be reached',
}

export const endpointDown: Explanation = {
  name: 'endpoint_down',
  title: 'Nothing answers at the address of the broker',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/1196',
  needs: 'what clients saw of their attempts (observe): no broker can tell of connections that never reached it',
  over: ['broker_restart'],
  recognise: (facts) => fromAttempts(facts) ?? fromSilence(facts),
}

function fromAttempts(facts: Facts) {
  const seen = facts.attempts.filter((attempt) => Object.hasOwn(sights, sightOf(attempt)))
  const [[broker, own] = []] = [...Map.groupBy(seen, (attempt) => attempt.broker)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  )
  const [first, last] = [own?.[0], own?.at(-1)]
  if (
    broker === undefined ||
    own === undefined ||
    own.length < leastAttempts ||
    first === undefined ||
    last === undefined
  )
    return undefined
  const clients = new Set(own.flatMap(({ clientId }) => clientId ?? []))
  const connectsMs = [...facts.clients.values()]
    .filter(({ clientId }) => clients.has(clientId))
    .flatMap(({ sessions }) => sessions.flatMap(({ beganMs, broker: at }) => (at === broker ? (beganMs ?? []) : [])))
    .filter((ms) => ms > first.atMs && ms < last.atMs).length
  const outageMs = last.atMs - first.atMs
  const kinds = [...Map.groupBy(own, sightOf)].toSorted(([, a], [, b]) => b.length - a.length)
  const [[sight, most] = ['', []]] = kinds
  const codes = new Set(own.flatMap(({ claim }) => claim?.evidence?.errorCode ?? []))
  const endpoints = new Set(own.flatMap(({ claim }) => claim?.evidence?.endpoint ?? []))
  const isOver = outageMs >= leastOutageMs
  const where = endpoints.size > 0 ? namesText([...endpoints]) : broker
  const every = medianOf(waitsOf(own))
  return {
    // Where some get through meanwhile it is not simply down.
    fit: (connectsMs === 0 ? 1 : Math.max(0, 0.6 - connectsMs / own.length)) * (isOver ? 1 : 0.5),
    explains:
      own.length +
      facts.bad.filter(({ endedMs = 0, broker: at }) => at === broker && Math.abs(endedMs - first.atMs) < minuteMs / 2)
        .length,
    ...(clients.size > 1 ? { clients: [...clients] } : {}),
    evidence: [
      `${countText(own.length, 'attempt')} of ${countText(clients.size, 'client')} to reach ${where} failed within ${durationText(outageMs)}; in ${most.length} of them ${sights[sight] ?? ''}${codes.size > 0 ? ` (${namesText([...codes])})` : ''}.`,
      connectsMs === 0
        ? 'None of these clients connected meanwhile.'
        : `${connectsMs} connects came through meanwhile.`,
      ...(every === undefined ? [] : [`${clients.size > 1 ? 'Each' : 'It'} tried about every ${durationText(every)}.`]),
    ],
    remedy: [
      sight === 'dns'
        ? `Check the name in ${where} and the name server of the clients.`
        : `See whether the broker runs and listens at ${where}, and what lies between (firewall, security group, load balancer without targets).`,
      'No connection was lost by these attempts; they end when it answers again. Spread the reconnects at random until then.',
    ],
  }
}

/** From one attempt of a client to its next: those of many together have no period. */
function waitsOf(attempts: readonly Attempt[]): number[] {
  return [...Map.groupBy(attempts, ({ clientId }) => clientId)].flatMap(([clientId, own]) =>
    clientId === undefined ? [] : own.slice(1).map(({ atMs }, index) => atMs - (own[index]?.atMs ?? atMs)),
  )
}

function sightOf({ claim }: Attempt): string {
  return claim?.evidence?.clientCause ?? ''
}

/** Nothing comes of a broker any more, and its clients turn up elsewhere. */
function fromSilence({ asked, minutes }: Facts) {
  const { subject } = asked
  if (subject.of === 'client' || asked.events.length > 0) return undefined
  for (const [broker, told] of minutes) {
    const all = told.filter(({ coverage }) => coverage > 0)
    if (subject.of === 'broker' && subject.broker !== broker) continue
    const lastIndex = all.findLastIndex((minute) => !isSilent(minute))
    const [lastTold, silent] = [all[lastIndex], all.slice(lastIndex + 1)]
    const had = Math.max(
      0,
      ...all.slice(Math.max(0, lastIndex - 3), lastIndex + 1).map(({ connected = 0 }) => connected),
    )
    if (lastTold === undefined || silent.length < leastSilentMinutes || had < leastClients) continue
    const fromMs = Date.parse(lastTold.minute)
    const moved = [...minutes].reduce(
      (sum, [other, own]) => (other === broker ? sum : sum + grownSince(own, fromMs)),
      0,
    )
    if (moved < movedShare * had) continue
    return {
      fit: 0.85,
      explains: countsSince(all, fromMs),
      evidence: [
        `${broker} had ${had} clients; since ${lastTold.minute.slice(11, 16)} UTC nothing came of it for ${silent.length} minutes, though it was watched.`,
        `Meanwhile the other brokers gained ${moved} clients.`,
      ],
      remedy: [
        `See whether ${broker} runs and can be reached; its clients went to the others, which now carry its load.`,
        'When it is back, rebalance: they do not return by themselves.',
      ],
    }
  }
  return undefined
}

function isSilent({ connects, refused, disconnects, connected }: Minute): boolean {
  return connects + refused === 0 && Object.keys(disconnects).length === 0 && (connected ?? 0) === 0
}

function grownSince(minutes: readonly Minute[], fromMs: number): number {
  const before = minutes.findLast(
    ({ minute, connected }) => connected !== undefined && Date.parse(minute) < fromMs,
  )?.connected
  const now = minutes.findLast(({ connected }) => connected !== undefined)?.connected
  return before === undefined || now === undefined ? 0 : Math.max(0, now - before)
}

function countsSince(minutes: readonly Minute[], fromMs: number): number {
  const since = minutes.filter(({ minute }) => Date.parse(minute) >= fromMs)
  return since.reduce((sum, { abnormal, refused }) => sum + abnormal + refused, 0)
}
