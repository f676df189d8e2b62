/** A broker has as many connections as it may: open files, a licence, a limit that was set. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import { minuteMs } from '../time.ts'
import type { Attempt } from '../evidence/two-views.ts'
import { busyCodes, foremostOf, isQuiet, refusedWith } from '../evidence/counted.ts'
import { countText, namesText } from '../evidence/words.ts'
import { type SaidFull, saidFullBy } from '../evidence/words-of-full.ts'

/** Flat: so close to the highest number. */
const flatShare = 0.99
const leastMinutes = 5
const leastClients = 20
const leastFailed = 3
/** Of 1024 open files a broker needs some for itself. */
const openFiles = { from: 1005, to: 1024 }
/** So close to a limit that was set is at it. */
const nearShare = { from: 0.98, to: 1.02 }
const warnedShare = 0.9
/** Without a known ceiling the number must have risen to it before. */
const risenShare = 0.95
/** And several clients must have failed: of one it may be its own fault. */
const leastStrangers = 3

export const connectionLimit: Explanation = {
  name: 'connection_limit',
  title: 'A broker has as many connections as it may',
  basis: 'settled',
  source: 'https://github.com/eclipse-mosquitto/mosquitto/issues/1505',
  needs:
    'the words of the broker, or minutes with the number of connected clients and the attempts that fail (observe tells those the broker does not)',
  over: ['slow_authentication', 'overloaded_broker', 'uneven_load', 'wrong_endpoint'],
  recognise: (facts) => {
    const said = saidFullBy(facts)
    const found = [...new Set([...facts.minutes.keys(), ...said.keys()])].flatMap((broker) => {
      const minutes = facts.minutes.get(broker) ?? []
      return ofWords(facts, broker, { minutes, said: said.get(broker) }) ?? limitOf(facts, broker, minutes) ?? []
    })
    return found.toSorted((a, b) => b.fit - a.fit || b.explains - a.explains)[0]
  },
}

/** The broker says itself that it is full: no number has to show it. */
function ofWords(facts: Facts, broker: string, seen: { minutes: readonly Minute[]; said: SaidFull | undefined }) {
  const { subject } = facts.asked
  if (seen.said === undefined || (subject.of === 'broker' && subject.broker !== broker)) return undefined
  const { count, text } = seen.said
  const counts = seen.minutes.flatMap(({ coverage, connected }) => (coverage > 0 ? (connected ?? []) : []))
  const top = counts.reduce((most, each) => Math.max(most, each), 0)
  const flat = counts.filter((each) => each >= flatShare * top)
  return {
    fit: 1,
    explains: count,
    evidence: [
      `${broker} turned ${countText(count, 'connection')} away with the words "${namesText([text])}".`,
      ...(top > 0
        ? [
            `It had at most ${top} clients, and ${Math.min(...flat)} or more in ${flat.length} of ${counts.length} minutes.`,
          ]
        : []),
    ],
    remedy: remedyFor(broker, top),
  }
}

function limitOf(facts: Facts, broker: string, all: readonly Minute[]) {
  const { subject, brokers } = facts.asked
  if (subject.of === 'broker' && subject.broker !== broker) return undefined
  const told = all.filter(({ coverage, connected }) => coverage > 0 && connected !== undefined)
  const top = told.reduce((most, { connected = 0 }) => Math.max(most, connected), 0)
  const flat = told.filter(({ connected = 0 }) => connected >= flatShare * top)
  const [first, last] = [flat[0], flat.at(-1)]
  if (top < leastClients || first === undefined || last === undefined || flat.length < leastMinutes) return undefined
  const maximum = brokers.find(({ name }) => name === broker)?.maximumConnections
  const [fromMs, toMs] = [Date.parse(first.minute), Date.parse(last.minute) + minuteMs]
  const failed = failedAt(facts, broker, { minutes: flat, fromMs, toMs })
  if (failed.count < leastFailed) return nearlyFull(facts, told.slice(-leastMinutes), maximum)
  // Attempts that failed before it was full, or at others too, have another reason.
  const rising = told.slice(0, told.indexOf(first))
  const before = failedAt(facts, broker, { minutes: rising, fromMs: 0, toMs: fromMs }).count
  const others = [...facts.minutes].filter(([other]) => other !== broker)
  const elsewhere = others.reduce((most, [, minutes]) => Math.max(most, refusedWith(minutes, busyCodes)), 0)
  if (before > failed.count / 4 || elsewhere > failed.count / 2) return undefined
  const ceiling = ceilingOf(top, maximum)
  const hasRisen = rising.some(({ connected = 0 }) => connected < risenShare * top)
  if (ceiling === undefined && (!hasRisen || failed.clients < leastStrangers)) return undefined
  const least = flat.reduce((fewest, { connected = top }) => Math.min(fewest, connected), top)
  return {
    fit: ceiling === undefined ? 0.6 : 1,
    explains: failed.count,
    evidence: [
      `${broker} stood between ${least} and ${top} clients for ${flat.length} minutes and never above.`,
      `Meanwhile ${failed.count} attempts at it failed${elsewhere === 0 ? '; at the other brokers none for such a reason' : ''}.`,
      ...(ceiling === undefined ? [] : [ceiling]),
    ],
    remedy: remedyFor(broker, top),
  }
}

/** Nobody failed so far: that is to be said where it is asked about for its number of clients. */
function nearlyFull(facts: Facts, minutes: readonly Minute[], maximum: number | undefined) {
  const clients = medianOf(minutes.map(({ connected = 0 }) => connected)) ?? 0
  const broker = minutes[0]?.broker ?? ''
  if (maximum === undefined || clients < warnedShare * maximum) return undefined
  if (facts.asked.subject.of === 'client' || !isQuiet(facts)) return undefined
  return {
    fit: 0.6,
    explains: facts.toExplain,
    evidence: [`${broker} has ${clients} of the ${maximum} connections that it allows; no attempt failed so far.`],
    remedy: remedyFor(broker, clients),
  }
}

function ceilingOf(top: number, maximum: number | undefined): string | undefined {
  if (maximum !== undefined && top >= nearShare.from * maximum && top <= nearShare.to * maximum) {
    return `Its limit is set to ${maximum} connections (maximumConnections).`
  }
  const isFiles = top >= openFiles.from && top <= openFiles.to
  return isFiles ? 'A process may have 1024 open files by default, and the broker needs some for itself.' : undefined
}

interface Failed {
  readonly count: number
  /** Of how many clients, where that is told. */
  readonly clients: number
}

/** Attempts at it that failed as they do where it is full. */
function failedAt(
  { asked, attempts }: Facts,
  broker: string,
  span: { minutes: readonly Minute[]; fromMs: number; toMs: number },
): Failed {
  const told = attempts.filter(
    (attempt) =>
      attempt.broker === broker && attempt.atMs >= span.fromMs && attempt.atMs < span.toMs && isForFullness(attempt),
  )
  const clients = new Set(told.map(({ clientId }) => clientId)).size
  const counted = asked.subject.of === 'client' ? 0 : refusedWith(span.minutes, busyCodes)
  if (counted <= told.length) return { count: told.length, clients }
  const refused = span.minutes.filter((minute) => refusedWith([minute], busyCodes) > 0)
  return { count: counted, clients: Math.max(clients, foremostOf(refused).length) }
}

const fullCauses = new Set(['server_error', 'quota_exceeded', 'network_eof', 'network_reset', 'unknown'])
/** What the client met before it came to MQTT, or no answer at all. */
const otherSights = new Set(['dns', 'refused', 'unreachable', 'tls', 'protocol_error', 'ws_handshake', 'local_end'])

function isForFullness({ told, claim }: Attempt): boolean {
  const { clientCause, phase = 'mqtt' } = claim?.evidence ?? {}
  if (clientCause !== undefined && otherSights.has(clientCause)) return false
  // The kernel accepts what the broker cannot: a connection that never stood met something else.
  if (clientCause === 'connack_timeout' && phase === 'tcp') return false
  return fullCauses.has(told?.cause ?? claim?.cause ?? 'unknown')
}

function remedyFor(broker: string, top: number): string[] {
  if (top === 0) {
    return [
      `Raise the limit of ${broker}: max_connections, open files (LimitNOFILE), licence; or add a broker.`,
      'Record its number of clients, and set maximumConnections of the broker in keepwatch.json: you are warned at 90 % of it.',
    ]
  }
  const needed = Math.max(4096, 2 ** Math.ceil(Math.log2(2 * top)))
  return [
    `Raise the limit of open files of ${broker} to ${needed} or more (LimitNOFILE=${needed} in its service, or ulimit -n ${needed}), and its own limit: max_connections, licence.`,
    `Or add a broker: more than ${top} clients do not fit.`,
    'Set maximumConnections of the broker in keepwatch.json: you are warned at 90 % of it.',
  ]
}
