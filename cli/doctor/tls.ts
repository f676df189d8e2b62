/** The broker's certificate: is it trusted, for this host, and for how long still? */
import { isIP } from 'node:net'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { dayMs, instant } from '../../domain/time.ts'
import { endingOf } from '../../watcher/ending.ts'
import { type Check, failed, ok, warning } from './check.ts'
import type { Place } from './network.ts'
import type { Known } from './subject.ts'

const renewWithinDays = 30

/** What a handshake showed that was let through, whoever answered. */
interface Shown {
  readonly version: string
  readonly certificate: PeerCertificate
  /** Why the certificate would be refused: a code of Node's. */
  readonly fault: string | undefined
}

export async function checkTls(place: Place, subject: Known, nowMs: number): Promise<Check> {
  const shown = await handshake(place, subject)
  if ('code' in shown) {
    const { code, isMaterial } = shown
    const spoilt = `what the secret "${subject.feed.secret ?? ''}" gives as ca, cert, key or passphrase cannot be used (${code})`
    return failed('tls', isMaterial ? spoilt : wordsOf(code, subject), { facts: { code } })
  }
  const { version, certificate, fault } = shown
  const untilMs = Date.parse(certificate.valid_to)
  const daysLeft = Math.floor((untilMs - nowMs) / dayMs)
  const [subjectName, issuer] = [nameOf(certificate.subject), nameOf(certificate.issuer)]
  const names = certificate.subjectaltname ?? 'no host name'
  const facts = {
    version,
    subject: subjectName,
    issuer,
    names,
    validUntil: instant(untilMs),
    daysLeft,
    ...(fault === undefined ? {} : { code: fault }),
  }
  const about = `${subjectName}, signed by ${issuer}, ${daysLeft < 0 ? `expired ${-daysLeft} days ago` : `${daysLeft} days left`}`
  if (fault !== undefined && subject.feed.connection.rejectUnauthorized) {
    const found = `${wordsOf(fault, subject)}. It is of ${about}, for ${names}`
    return failed('tls', found, { facts })
  }
  if (!subject.feed.connection.rejectUnauthorized) {
    const text =
      'Remove "rejectUnauthorized": false, and put the CA that signed the certificate into "ca" of the feed’s secret.'
    return warning('tls', `${version}, not verified: anybody could pose as this broker. ${about}`, {
      advice: [{ text }],
      facts,
    })
  }
  const found = `${version}; ${about}`
  if (daysLeft >= renewWithinDays) return ok('tls', found, { facts })
  const text = 'Renew the certificate: when it has expired, neither the watcher nor your devices can connect.'
  return warning('tls', found, { advice: [{ text }], facts })
}

/** There was no handshake. `isMaterial`: what we bring to it cannot be used. */
interface Fault {
  readonly code: string
  readonly isMaterial: boolean
}

async function handshake({ host, port }: Place, { feed, credentials, timeoutMs }: Known): Promise<Shown | Fault> {
  const { ca, cert, key, passphrase } = credentials
  const servername = feed.connection.servername ?? (isIP(host) === 0 ? host : undefined)
  return new Promise((resolve) => {
    let socket: TLSSocket
    try {
      socket = connect({
        host,
        port,
        // It is judged here, and shown as well.
        rejectUnauthorized: false,
        ...(servername === undefined ? {} : { servername }),
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(passphrase === undefined ? {} : { passphrase }),
      })
    } catch (error) {
      return resolve({ code: codeOf(error), isMaterial: true })
    }
    const done = (outcome: Shown | Fault) => {
      clearTimeout(timer)
      resolve(outcome)
      socket.destroy()
    }
    const ended = (code: string) => done({ code, isMaterial: false })
    const timer = setTimeout(() => ended('ETIMEDOUT'), timeoutMs)
    socket.on('error', (error) => ended(codeOf(error)))
    socket.once('close', () => ended('ECONNRESET'))
    socket.once('secureConnect', () => {
      const fault = socket.authorized ? undefined : String(socket.authorizationError)
      done({ version: socket.getProtocol() ?? 'TLS', certificate: socket.getPeerCertificate(), fault })
    })
  })
}

function wordsOf(code: string, { feed, probeId }: Known): string {
  const error = { code, message: code }
  return endingOf({ established: true, accepted: false, error }, { feed, clientId: probeId, protocol: 4 }).words
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  const common = name?.CN ?? name?.O ?? 'nobody'
  return Array.isArray(common) ? common.join(', ') : common
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
