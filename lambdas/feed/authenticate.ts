/** Is this request from somebody who holds a key of the cluster? Tokens and signatures are compared in constant time. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { secondMs } from '../../domain/time.ts'
import type { FeedRequest } from './http.ts'

/** What a secret allows: any of its tokens, or a signature by any of its keys. */
export interface Keys {
  readonly tokens: readonly string[]
  readonly hmacKeys: readonly string[]
}

/** A signed request older or newer than this is refused: who recorded one cannot send it again later. */
const maxAgeMs = 300 * secondMs

/** True when the request carries a token of the cluster, or is signed with one of its keys. */
export function isAuthentic(
  { headers, body }: Pick<FeedRequest, 'headers' | 'body'>,
  keys: Keys,
  nowMs: number,
): boolean {
  const byToken = isAmong(
    digestOf(tokenOf(headers['authorization'])),
    keys.tokens.map((token) => digestOf(token)),
  )
  const bySignature = isSigned({ headers, body }, keys.hmacKeys, nowMs)
  return byToken || bySignature
}

/** `Bearer <token>`; or, for brokers that put it into their URL, `Basic` with the token as password. */
function tokenOf(authorization = ''): string {
  const [, scheme, credentials] = /^(bearer|basic) +(\S+)$/i.exec(authorization) ?? []
  if (scheme === undefined || credentials === undefined) return ''
  if (scheme.toLowerCase() === 'bearer') return credentials
  const decoded = Buffer.from(credentials, 'base64').toString('utf8')
  return decoded.slice(decoded.indexOf(':') + 1)
}

/** Of equal length whatever the text, so that comparing tells nothing of it. */
const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer')

function isSigned({ headers, body }: Pick<FeedRequest, 'headers' | 'body'>, keys: readonly string[], nowMs: number) {
  const { 'x-keepwatch-timestamp': timestamp = '', 'x-keepwatch-signature': signature = '' } = headers
  const given = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1]
  const isRecent = /^\d{1,12}$/.test(timestamp) && Math.abs(nowMs - Number(timestamp) * secondMs) <= maxAgeMs
  const right = keys.map((key) => createHmac('sha256', key).update(`${timestamp}.`).update(body).digest())
  return given !== undefined && isRecent && isAmong(Buffer.from(given, 'hex'), right)
}

/** Compares with all of them, also after one was equal: the time taken does not tell which. */
function isAmong(given: Buffer, right: readonly Buffer[]): boolean {
  return right.reduce((found, each) => timingSafeEqual(given, each) || found, false)
}
