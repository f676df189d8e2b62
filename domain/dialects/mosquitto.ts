/** Eclipse mosquitto: connections as lines of its log on `$SYS/broker/log/…`, in the wordings of 2.0, 2.1.0 and 2.1.1. */
import type { SampleName } from '../batch.ts'
import type { Cause } from '../cause.ts'
import { type Dialect, placeInTime, type Reading, type ReadingContext, type Wording } from '../dialect.ts'
import type { EventDraft } from '../event.ts'
import type { Message } from '../message.ts'
import { cutBeginning, readSentence, type Sentence, type Severity } from './mosquitto-lines.ts'
import { wordingOfSentence, wordingOfVersion } from './mosquitto-lines.ts'
import { type Stamp, stampOf } from './mosquitto-stamp.ts'
import { clientIdFault, endedBy, gauge, notWatched, rejected, repeated, utf8Bytes } from './reading.ts'

const versionTopic = '$SYS/broker/version'
const severities: ReadonlyMap<string, Severity> = new Map([
  ['$SYS/broker/log/E', 'E'],
  ['$SYS/broker/log/I', 'I'],
  ['$SYS/broker/log/N', 'N'],
])
const gauges: ReadonlyMap<string, SampleName> = new Map([
  ['$SYS/broker/clients/connected', 'connected'],
  ['$SYS/broker/clients/total', 'sessions'],
  ['$SYS/broker/subscriptions/count', 'subscriptions'],
  ['$SYS/broker/heap/current', 'heap_bytes'],
  ['$SYS/broker/publish/messages/received', 'messages_received_total'],
  ['$SYS/broker/publish/messages/sent', 'messages_sent_total'],
  ['$SYS/broker/publish/messages/dropped', 'dropped_total'],
])
const uptimeTopic = '$SYS/broker/uptime'

export const mosquitto: Dialect = {
  name: 'mosquitto',
  transport: 'mqtt',
  scope: 'broker',
  stableIdentity: true,
  // It gives each line an expiry of 20 s.
  keepsSeconds: 20,
  // QoS 1 at most: while it stops, mosquitto delivers its last lines at QoS 0 and 1 but not at 2.
  subscriptions: [
    { filter: '$SYS/broker/log/N', qos: 1, purpose: 'connections that begin and end', essential: true },
    { filter: '$SYS/broker/log/E', qos: 1, purpose: 'take-overs, up to mosquitto 2.0', essential: false },
    { filter: '$SYS/broker/log/I', qos: 1, purpose: 'the version, told at its start and stop', essential: false },
    { filter: versionTopic, qos: 1, purpose: 'the version, which decides how lines are read', essential: false },
    { filter: uptimeTopic, qos: 1, purpose: 'whether it was started again while we were away', essential: false },
    ...[...gauges].map(([filter, name]) => ({
      filter,
      qos: 1 as const,
      purpose: `the figure ${name}`,
      essential: false,
    })),
  ],
  accessAdvice:
    'mosquitto.conf needs "log_dest topic" and "connection_messages true", with notice, error and information among its ' +
    'log_type; an acl_file must say "topic read $SYS/broker/#" under this user.',
  clockAdvice:
    'mosquitto.conf must not have "log_timestamp false", nor a log_timestamp_format without date, time and zone',
  instantOf: ({ topic, payload, receivedAt }) =>
    severities.has(topic) ? (stampOf(payload).text ?? secondOf(receivedAt)) : undefined,
  read,
  wordingOf,
}

/** Bytes of a line in mosquitto's buffer of 1000, which ends in a NUL. */
const longestLineBytes = 999
/** A character cut in two arrives as U+FFFD, which may take two bytes more than what was left of it. */
const longestCutBytes = longestLineBytes + 2

const secondOf = (epochMs: number): string => `received ${Math.floor(epochMs / 1000)}`

function wordingOf(message: Message): Wording | undefined {
  if (message.topic === versionTopic) {
    const version = /^mosquitto version (\S+)$/.exec(message.payload)?.[1]
    return version === undefined ? undefined : wordingOfVersion(version)
  }
  const severity = severities.get(message.topic)
  if (severity === undefined || utf8Bytes(message.payload) >= longestLineBytes) return undefined
  return wordingOfSentence(stampOf(message.payload).rest, severity)
}

function read(message: Message, context: ReadingContext): Reading {
  const severity = severities.get(message.topic)
  if (severity !== undefined) return readLine(severity, message, context)
  const figure = gauges.get(message.topic)
  if (figure !== undefined) return gauge(figure, message, context)
  if (message.topic === uptimeTopic) return readUptime(message)
  return message.topic === versionTopic ? rejected('not_lifecycle', message.payload) : notWatched(message.topic)
}

/** `24 seconds`. A retained one may be old: it tells nothing. */
function readUptime({ payload, retain }: Message): Reading {
  const seconds = /^(\d{1,12}) seconds$/.exec(payload)?.[1]
  if (seconds === undefined) return rejected('malformed', `the uptime should be "<n> seconds" and is ${payload}`)
  return retain ? rejected('not_lifecycle', payload) : { kind: 'uptime', seconds: Number(seconds) }
}

/** One line with what is needed to make an event of it. */
interface Line {
  readonly stamp: Stamp
  readonly message: Message
  readonly context: ReadingContext
}

function readLine(severity: Severity, message: Message, context: ReadingContext): Reading {
  if (message.retain) return rejected('retained', message.payload)
  const stamp = stampOf(message.payload)
  const line: Line = { stamp, message, context }
  const bytes = message.payload.length < longestLineBytes / 3 ? 0 : utf8Bytes(message.payload)
  if (bytes >= longestLineBytes && bytes <= longestCutBytes) return readCut(severity, line)
  const sentence = readSentence(stamp.rest, severity, context.wording)
  if (sentence.kind === 'other') {
    if (bytes > longestCutBytes) return readCut(severity, line)
    return stamp.strange
      ? rejected('malformed', `a time stamp in an unknown form: ${message.payload}`)
      : unrelated(line)
  }
  if (sentence.kind === 'ambiguous') {
    return rejected(
      'malformed',
      `client "${sentence.since211}" or client "${sentence.until210}", depending on the version: allow ${versionTopic}`,
    )
  }
  if (sentence.kind === 'turned_away') {
    const { peer, reason } = sentence
    return events(line, { ...endedBy('quota_exceeded'), type: 'refused', peer, reason })
  }
  const fault = clientIdFault(sentence.clientId)
  if (fault !== undefined) return rejected('malformed', fault)
  return sentence.kind === 'connected' ? begun(sentence, line) : ended(sentence, line)
}

/** A broker that is stopped says so itself, and nothing of its clients; one that was killed says only that it starts. */
function unrelated({ stamp, message, context }: Line): Reading {
  const word = /^mosquitto version \S+ (starting|terminating)$/.exec(stamp.rest)?.[1]
  if (!message.topic.endsWith('/I') || word === undefined) return rejected('not_lifecycle', stamp.rest)
  const { atMs } = placeInTime(stamp.epochMs, message.receivedAt)
  const end = { broker: context.broker, atMs, cause: 'server_shutdown', reason: stamp.rest } as const
  return { kind: 'ended', ...end, ...(word === 'starting' ? { starts: true } : {}) }
}

/**
 * A line as long as the buffer: its end may be missing, and what looks like an end may be part of an id. Of the
 * beginning of a connection the start of the id remains; of all else not even what happened.
 */
function readCut(severity: Severity, line: Line): Reading {
  const text = line.stamp.rest
  if (severity === 'I' || !/^(?:New|Client|Bad socket|Socket error) /.test(text)) return unrelated(line)
  const beginning = severity === 'N' ? cutBeginning(text) : undefined
  if (beginning === undefined) return rejected('cut', text)
  // What may be the first characters after the id goes too: a shorter start of the id is still its start.
  const clientId = beginning.rest.replace(/(?:\uFFFD| (?:\(p?)?)$/, '')
  if (/ \(p\d/.test(clientId)) return rejected('cut', `where the id ends cannot be told: ${text}`)
  const fault = clientIdFault(clientId)
  if (fault !== undefined) return rejected('malformed', fault)
  return events(line, { type: 'connected', clientId, peer: beginning.peer, cut: true, bridge: beginning.bridge })
}

function begun(sentence: Extract<Sentence, { kind: 'connected' }>, line: Line): Reading {
  const { clientId, peer, bridge, cleanStart, keepaliveSeconds, username } = sentence
  const protocol = protocolLevels.get(sentence.printedProtocol)
  return events(line, {
    type: 'connected',
    clientId,
    peer,
    bridge,
    cleanStart,
    keepaliveSeconds,
    ...(username === undefined ? {} : { username }),
    ...(protocol === undefined ? {} : { protocol }),
  })
}

/** MQTT level by the number printed: up to 2.0 an internal one, since 2.1 the level itself. */
const protocolLevels: ReadonlyMap<number, number> = new Map([
  [1, 3],
  [2, 4],
  [3, 3],
  [4, 4],
  [5, 5],
])

function ended(sentence: Extract<Sentence, { kind: 'ended' }>, line: Line): Reading {
  const { cause, reason, peer, refusal } = sentence
  const facts = { ...endedBy(cause), reason, ...(peer === undefined ? {} : { peer }) }
  if (!isNameless(sentence, line.context.wording)) {
    return events(line, { ...facts, type: refusal ? 'refused' : 'disconnected', clientId: sentence.clientId })
  }
  // Health checks that speak HTTP or TLS end like this: what they send is no MQTT.
  return silentCauses.has(cause) || reason.endsWith('protocol error.')
    ? rejected('before_connect', line.stamp.rest)
    : events(line, { ...facts, type: 'refused' })
}

/** Ends of a connection that says nothing; the others answer something that it said. */
const silentCauses: ReadonlySet<Cause> = new Set<Cause>([
  'client_requested',
  'keepalive_timeout',
  'session_taken_over',
  'network_eof',
  'network_reset',
  'tls_error',
  'unknown',
])
/** Ends that only a client can have which did say its id. */
const namedCauses: ReadonlySet<Cause> = new Set<Cause>(['client_requested', 'session_taken_over', 'quota_exceeded'])

/** Did the connection end before mosquitto had an id for it? It then prints `<unknown>`, since 2.1.0 the address. */
function isNameless(sentence: Extract<Sentence, { kind: 'ended' }>, wording: Wording | undefined): boolean {
  const { clientId, peer, cause } = sentence
  if (peer === undefined && wording !== 'only_2_1_0') return clientId === '<unknown>'
  if (namedCauses.has(cause)) return false
  if (peer === undefined) return clientId.length <= 64 && addressPattern.test(clientId)
  return clientId === peer || clientId === peer.slice(0, peer.lastIndexOf(':'))
}

const addressPattern =
  /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=.*:.*:)[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3}(?:%\w{1,16})?)(?::\d{1,5})?$/i

type Facts = Partial<Omit<EventDraft, 'atMs' | 'evidence'>> &
  Pick<EventDraft, 'type'> & { readonly cut?: true; readonly bridge?: boolean }

function events(line: Line, { cut, bridge, peer, ...facts }: Facts): Reading {
  const { stamp, message, context } = line
  const { atMs, evidence: placed } = placeInTime(stamp.epochMs, message.receivedAt)
  const evidence = { ...placed, ...(cut ? { cut } : {}), ...(bridge ? { bridge } : {}) }
  const event: EventDraft = {
    ...facts,
    atMs,
    ordinal: message.ordinal,
    cluster: context.cluster,
    broker: context.broker,
    view: 'broker',
    own: facts.clientId !== undefined && context.isOwn(facts.clientId),
    // The address of a Unix socket is its path.
    ...(peer === undefined || peer.length > 256 ? {} : { peer }),
    ...repeated(message),
    ...(Object.keys(evidence).length > 0 ? { evidence } : {}),
  }
  return { kind: 'events', events: [event] }
}
