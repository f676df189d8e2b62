/** Why a link ended or never began, in plain words with what to do: pure, from the symptoms MQTT.js shows. */
import type { FeedSettings } from '../domain/feed.ts'

/** What was seen of a link until it closed. */
export interface Symptoms {
  /** The transport stood (TCP, TLS or WebSocket), so that the broker could read CONNECT. */
  established: boolean
  /** CONNACK said yes. */
  accepted: boolean
  /** Code of a CONNACK that said no: MQTT 3.1.1 §3.2.2.3, MQTT 5 §3.2.2.2. */
  refusedCode?: number
  /** Code of the broker's DISCONNECT, MQTT 5 §3.14.2.1; -1 where it carried none. */
  disconnectCode?: number
  error?: { readonly code?: string; readonly message: string }
  /** We ended it, for this reason. */
  local?: string
}

export interface Ending {
  readonly words: string
  /** The broker did not accept who we are: the secret may have been rotated. */
  readonly loginRefused: boolean
  /** The broker seems not to speak MQTT 5. `said`: it said so; `silent`: it only closed. */
  readonly refusesLevel5?: 'said' | 'silent'
}

export interface Attempted {
  readonly feed: FeedSettings
  readonly clientId: string
  readonly protocol: 4 | 5
}

const refusals: Readonly<Record<number, string>> = {
  1: 'it does not speak this MQTT version',
  2: 'it does not accept the client id',
  3: 'it is not available',
  4: 'wrong user name or password',
  5: 'not authorized',
  128: 'it gave no reason',
  129: 'it found the packet malformed',
  130: 'it found a protocol error',
  131: 'a rule of its own',
  132: 'it does not speak this MQTT version',
  133: 'it does not accept the client id',
  134: 'wrong user name or password',
  135: 'not authorized',
  136: 'it is not available',
  137: 'it is busy',
  138: 'this client is banned',
  139: 'it is shutting down',
  140: 'wrong authentication method',
  141: 'it heard nothing for 1.5 times the keepalive',
  142: 'another connection uses the same client id; is a second watcher of this slot running?',
  147: 'the receive maximum was exceeded',
  149: 'a packet was too large',
  150: 'too many messages',
  151: 'a quota was exceeded',
  152: 'an operator ended it',
  156: 'it names another server to use',
  157: 'it has moved to another server',
  159: 'too many connections a second',
  160: 'the permitted connect time was over',
}
const loginCodes = new Set([4, 5, 134, 135, 140])
const certificateFaults = /CERT|SELF_SIGNED|ISSUER|VERIFY|^ERR_TLS/
const silentCloses = new Set(['ECONNRESET', 'EPIPE'])

/** Names the ending. The first symptom that explains it wins. */
export function endingOf(symptoms: Symptoms, attempted: Attempted): Ending {
  const { error } = symptoms
  if (symptoms.local !== undefined) return { words: symptoms.local, loginRefused: false }
  if (symptoms.refusedCode !== undefined) return refusal(symptoms.refusedCode, attempted)
  if (symptoms.disconnectCode !== undefined) {
    const words = `connection lost: the broker disconnected us: ${codeText(symptoms.disconnectCode)}`
    return { words, loginRefused: loginCodes.has(symptoms.disconnectCode) }
  }
  if (symptoms.accepted) return { words: `connection lost: ${lostWords(error, attempted)}`, loginRefused: false }
  const silent = error === undefined || silentCloses.has(error.code ?? '')
  if (silent && symptoms.established && attempted.protocol === 5) {
    return { words: failedWords(error, attempted), loginRefused: false, refusesLevel5: 'silent' }
  }
  return { words: failedWords(error, attempted), loginRefused: false }
}

function refusal(code: number, { feed, protocol }: Attempted): Ending {
  const loginRefused = loginCodes.has(code)
  const login = feed.secret
    ? `check the secret "${feed.secret}"`
    : 'name a secret with username and password in "secret"'
  const advice = loginRefused ? `; ${login}` : ''
  const ending = { words: `the broker at ${feed.url} refused the login: ${codeText(code)}${advice}`, loginRefused }
  return protocol === 5 && (code === 1 || code === 132) ? { ...ending, refusesLevel5: 'said' } : ending
}

function codeText(code: number): string {
  if (code < 0) return 'it gave no code'
  const hex = `0x${code.toString(16).padStart(2, '0')}`
  return `${refusals[code] ?? 'a reason not known here'} (code ${code < 128 ? code : hex})`
}

function lostWords(error: Symptoms['error'], { feed }: Attempted): string {
  if (error === undefined) return 'the broker or the network closed it without a goodbye (network_eof)'
  if (error.message === 'Keepalive timeout') {
    return `the broker answered no ping for ${(feed.connection.keepalive * 1.5).toFixed(1)} s (keepalive_timeout)`
  }
  if (silentCloses.has(error.code ?? '')) return `it was reset (network_reset, ${error.code})`
  return error.code ?? error.message
}

function failedWords(error: Symptoms['error'], { feed }: Attempted): string {
  const { url, connection } = feed
  const code = error?.code
  if (error === undefined) return `the broker at ${url} closed the connection before it answered CONNECT`
  if (error.message === 'connack timeout') return `no answer from ${url} within ${connection.connectTimeout} ms`
  if (code === undefined) return `cannot connect to ${url}: ${error.message}`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `DNS does not know the host of ${url} (${code})`
  if (code === 'ECONNREFUSED') return `nobody listens at ${url} (${code})`
  if (silentCloses.has(code)) return `the connection to ${url} was reset before the broker answered (${code})`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${url} is for another host name (${code}): correct the url or set connection.servername`
  }
  if (certificateFaults.test(code)) {
    return `the certificate of ${url} is not trusted (${code}): put the CA that signed it into "ca" of the feed's secret`
  }
  if (/^(EPROTO|ERR_SSL)/.test(code))
    return `TLS with ${url} failed (${code}): is it a TLS port, does it want a client certificate?`
  return `cannot reach ${url} (${code})`
}
