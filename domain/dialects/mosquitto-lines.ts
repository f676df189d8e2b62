/** mosquitto: one line of its log, taken apart. Ids and user names are not escaped there, so sentences are read from their end. */
import type { Cause } from '../cause.ts'
import type { Wording } from '../dialect.ts'
import { causeOfError, endingsSince211, endingsUntil210, type Ending, takenOver } from './mosquitto-sentences.ts'

export type Severity = 'E' | 'I' | 'N'

/** What a line says of a client. */
export type Sentence =
  | {
      readonly kind: 'connected'
      readonly clientId: string
      readonly peer: string
      readonly bridge: boolean
      /** As printed: up to 2.0 the internal number, since 2.1 the MQTT level. The two never clash. */
      readonly printedProtocol: number
      readonly cleanStart: boolean
      readonly keepaliveSeconds: number
      readonly username?: string
    }
  | {
      readonly kind: 'ended'
      readonly clientId: string
      /** Told since 2.1.1. */
      readonly peer?: string
      readonly cause: Cause
      readonly refusal: boolean
      /** mosquitto's words after the id. */
      readonly reason: string
    }
  /** Turned away before CONNECT was read: the broker has as many connections as it may. */
  | { readonly kind: 'turned_away'; readonly peer: string; readonly reason: string }
  /** Only one of the wordings makes sense of it, and which one is in force is not known. */
  | { readonly kind: 'ambiguous'; readonly until210: string; readonly since211: string }
  | { readonly kind: 'other' }

const other: Sentence = { kind: 'other' }
const since211Texts: ReadonlyMap<string, Ending> = new Map(endingsSince211.map((ending) => [ending.text, ending]))
const clientHead = 'Client '
const between = '] disconnected: '
const socketText = ' disconnected: bad socket read/write: '

/**
 * Reads a whole line without its time stamp. A client that puts sentences into its id only lengthens its own id: whatever
 * follows the id is mosquitto's, and the last place that fits is where it begins. Where 2.1.1 and its predecessors would
 * read one line as two different ids, `wording` decides; without it the line is `ambiguous` rather than a guess, since a
 * wrong guess would let `x [1.2.3.4:5]` write into the record of `x`.
 */
export function readSentence(text: string, severity: Severity, wording: Wording | undefined): Sentence {
  if (severity === 'E') {
    const isTakeOver = text.startsWith(clientHead) && text.endsWith(takenOver.text)
    return isTakeOver ? endedPlainly(text, takenOver) : other
  }
  if (severity !== 'N') return other
  if (text.startsWith(clientHead)) return readTurnedAway(text) ?? readEnd(text, wording)
  return readBeginning(text) ?? readSocketError(text) ?? other
}

/**
 * The wording that a line gives away, if only one could have written it. Most ends up to 2.1.0 are the same in 2.1.0
 * and before it, so they give nothing away.
 */
export function wordingOfSentence(text: string, severity: Severity): Wording | undefined {
  const version = severity === 'I' ? /^mosquitto version (\S+) (?:starting|running|terminating)$/.exec(text) : null
  if (version?.[1] !== undefined) return wordingOfVersion(version[1])
  if (severity === 'N' && text.startsWith(clientHead)) {
    return since211Ending(text) === undefined ? undefined : 'since_2_1_1'
  }
  const sentence = severity === 'N' ? readBeginning(text) : readSentence(text, severity, undefined)
  // 2.1 prints MQTT's own number of the protocol, which is never below 3, and knows no take-over at severity E.
  if (sentence?.kind === 'connected') return sentence.printedProtocol < 3 ? 'until_2_1_0' : undefined
  return sentence?.kind === 'ended' ? 'until_2_1_0' : undefined
}

/** The wording of a version such as `2.0.11`; undefined for what is no version. */
export function wordingOfVersion(version: string): Wording | undefined {
  const numbers = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})/.exec(version)?.slice(1).map(Number)
  if (numbers === undefined) return undefined
  const [major = 0, minor = 0, patch = 0] = numbers
  if (major !== 2 || minor !== 1) return major > 2 || (major === 2 && minor > 1) ? 'since_2_1_1' : 'until_2_1_0'
  return patch === 0 ? 'only_2_1_0' : 'since_2_1_1'
}

const turnedAway = /^Client connection from (\S{1,64}) (denied: max_connections exceeded\.)$/

/** An id that imitates it would need an ending of its own after it: this line ends otherwise than all that hold an id. */
function readTurnedAway(text: string): Sentence | undefined {
  const [, peer, reason] = turnedAway.exec(text) ?? []
  return peer === undefined || reason === undefined ? undefined : { kind: 'turned_away', peer, reason }
}

function readEnd(text: string, wording: Wording | undefined): Sentence {
  const since = since211Ending(text)
  if (since !== undefined) return since
  const ending = endingsUntil210.find((candidate) => text.endsWith(candidate.text))
  // Only a plain `disconnected.` ends alike in all wordings.
  if (ending !== undefined) return byWording(endedPlainly(text, ending), wording)
  // TLS details of a connection; they end in a cipher's name, so the id before them could say anything.
  if (/ negotiated \S+ cipher \S+$/.test(text)) return other
  const socket = text.lastIndexOf(socketText)
  const socketError = text.slice(socket + socketText.length)
  const socketHead = splitPeer(text.slice(clientHead.length, Math.max(socket, clientHead.length)))
  // Another ` disconnected: ` later on, be it with the space before it shared, makes all before it part of an id.
  if (socket > 0 && socketHead !== undefined && text.lastIndexOf(' disconnected: ') === socket) {
    const reason = text.slice(socket + 1)
    return { kind: 'ended', ...socketHead, cause: causeOfError(socketError), refusal: false, reason }
  }
  const error = text.lastIndexOf(' disconnected: ')
  if (error < clientHead.length || !text.endsWith('.')) return other
  const cause = causeOfError(text.slice(error + ' disconnected: '.length, -1))
  return byWording(endedPlainly(text, { text: text.slice(error), cause }), wording)
}

/** An end since 2.1.1 that no other version can have written: no system error has these texts. */
function since211Ending(text: string): Sentence | undefined {
  const start = text.lastIndexOf(between)
  if (start < 0) return undefined
  const ending = since211Texts.get(text.slice(start + between.length))
  const head = ending && splitPeer(text.slice(clientHead.length, start + 1))
  if (ending === undefined || head === undefined) return undefined
  const { cause, refusal = false } = ending
  return { kind: 'ended', ...head, cause, refusal, reason: text.slice(start + 2) }
}

type Ended = Extract<Sentence, { kind: 'ended' }>

/** Settles whether an address in brackets before the ending is mosquitto's (since 2.1.1) or part of the id (before). */
function byWording(plain: Ended, wording: Wording | undefined): Sentence {
  const head = splitPeer(plain.clientId)
  if (head === undefined || !/^disconnected[.:]/.test(plain.reason)) return plain
  if (wording === 'since_2_1_1') return { ...plain, ...head }
  return wording === undefined ? { kind: 'ambiguous', until210: plain.clientId, since211: head.clientId } : plain
}

function endedPlainly(text: string, ending: Ending): Ended {
  const { cause, refusal = false } = ending
  return { kind: 'ended', clientId: idBefore(text, ending), cause, refusal, reason: ending.text.trimStart() }
}

const idBefore = (text: string, ending: Ending): string => text.slice(clientHead.length, -ending.text.length)

/** Splits `<id> [<address>:<port>]`. Addresses hold no spaces, so the last ` [` is where one begins. */
function splitPeer(text: string): { readonly clientId: string; readonly peer: string } | undefined {
  const start = text.lastIndexOf(' [')
  const peer = text.slice(start + 2, -1)
  return start >= 0 && text.endsWith(']') && /^\S*:\d{1,5}$/.test(peer)
    ? { clientId: text.slice(0, start), peer }
    : undefined
}

const beginningHead = /^New (client|bridge) connected from (.{1,300}?:\d{1,5}) as /s

/** Where a line on the beginning of a connection has its id, for lines that were cut before their end. */
export function cutBeginning(
  text: string,
): { readonly rest: string; readonly peer: string; readonly bridge: boolean } | undefined {
  const head = beginningHead.exec(text)
  return head?.[2] === undefined
    ? undefined
    : { rest: text.slice(head[0].length), peer: head[2], bridge: head[1] === 'bridge' }
}

/**
 * `… as <id> (p<n>, c<n>, k<n>[, u'<user>']).` A user name that imitates the parenthesis lengthens the id of its own
 * client and so reaches no one else's record.
 */
function readBeginning(text: string): Sentence | undefined {
  const head = cutBeginning(text)
  if (head === undefined) return undefined
  const { rest, peer, bridge } = head
  const options = rest.endsWith("').")
    ? [...rest.matchAll(/ \(p(\d{1,3}), c(\d), k(\d{1,5}), u'/g)].at(-1)
    : / \(p(\d{1,3}), c(\d), k(\d{1,5})\)\.$/.exec(rest)
  if (!options) return undefined
  const [whole, protocol, clean, keepalive] = options
  return {
    kind: 'connected',
    clientId: rest.slice(0, options.index),
    peer,
    bridge,
    printedProtocol: Number(protocol),
    cleanStart: clean !== '0',
    keepaliveSeconds: Number(keepalive),
    ...(whole.endsWith("u'") ? { username: rest.slice(options.index + whole.length, -"').".length) } : {}),
  }
}

/** Up to 2.1.0 a socket that failed; 2.0.0 to 2.0.10, and 1.6 in other words, without saying how. */
function readSocketError(text: string): Sentence | undefined {
  const head = ['Bad socket read/write on client ', 'Socket error on client '].find((start) => text.startsWith(start))
  if (head === undefined) return undefined
  const mute = ', disconnecting.'
  const colon = text.lastIndexOf(': ')
  const end = text.endsWith(mute) ? text.length - mute.length : colon
  if (end < head.length) return undefined
  const cause = text.endsWith(mute) ? 'network_eof' : causeOfError(text.slice(colon + 2))
  const reason = `${head.slice(0, -' on client '.length)}${text.slice(end)}`
  return { kind: 'ended', clientId: text.slice(head.length, end), cause, refusal: false, reason }
}
