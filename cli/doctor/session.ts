/** What the broker keeps while nobody watches: a session is left, a probe comes and goes, and the session is taken up. */
import { type Check, ok, skipped, warning } from './check.ts'
import { within } from './heard.ts'
import { close, isAmqp, open, type Opening } from './opening.ts'
import { visit } from './probe.ts'
import { remedyOf } from './remedies.ts'
import type { Known } from './subject.ts'

export async function checkSession(subject: Known, { level, heard }: Opening): Promise<Check> {
  const { dialect, feed } = subject
  const { keepsSeconds } = dialect
  const { clean: wanted, sessionExpirySeconds } = feed.connection
  if (keepsSeconds === undefined) {
    return skipped(
      'session',
      `${dialect.name} keeps nothing for an absent watcher: every lost link is a gap in the record`,
    )
  }
  const isKept = wanted === false || (wanted === undefined && (level === 5 || isAmqp(subject)))
  if (!isKept) {
    const why = wanted === true ? '"clean": true is set' : 'MQTT 3.1.1 cannot bound how long a session lives'
    const text =
      wanted === true
        ? 'Remove "clean": true, and a lost link costs nothing for as long as the broker keeps what happens meanwhile.'
        : 'Allow MQTT 5, or set "clean": false and let the broker forget old sessions by itself.'
    return warning('session', `none is kept, every lost link is a gap: ${why}`, { advice: [{ text }] })
  }
  subject.doing('leaving a session and taking it up again')
  const brief = { ...feed, connection: { ...feed.connection, ...briefly } }
  const away = await leaveAndReturn(isAmqp(subject) ? { ...subject, feed: brief } : subject, level)
  const keptSeconds = Math.min(keepsSeconds, away.expirySeconds ?? sessionExpirySeconds)
  const dropped = heard.told('/publish/messages/dropped')
  const facts = {
    resumed: away.resumed,
    kept: away.kept,
    keepsSeconds: keptSeconds,
    askedExpirySeconds: sessionExpirySeconds,
    ...(away.expirySeconds === undefined ? {} : { grantedExpirySeconds: away.expirySeconds }),
    ...(dropped === undefined ? {} : { droppedMessages: Number(dropped) }),
  }
  const { keeping } = remedyOf(subject)
  if (away.fault !== undefined) return warning('session', `it could not be tried: ${away.fault}`, { facts })
  if (!away.resumed) {
    const found = 'the broker forgot our session as soon as we left: every lost link is a gap in the record'
    return warning('session', found, { advice: [keeping], facts })
  }
  if (away.kept === false) {
    const found = 'our session was taken up again, but what happened meanwhile was not in it'
    return warning('session', found, { advice: [keeping], facts })
  }
  const proof = away.kept === true ? ', with what happened meanwhile' : ''
  const bounds = `kept for up to ${keptSeconds} s${boundsOf(dialect.name)}`
  const losses = dropped === undefined ? '' : `. Messages it has dropped so far, of anybody’s: ${dropped}`
  return ok('session', `taken up again after an absence${proof}; ${bounds}${losses}`, { advice: [keeping], facts })
}

interface Away {
  readonly resumed: boolean
  /** Did the events of the absence come? Undefined where no probe could make any. */
  readonly kept?: boolean
  /** Where the broker granted another than was asked for. */
  readonly expirySeconds?: number
  readonly fault?: string
}

/** RabbitMQ lets go of the queue's witness by time alone: long enough to come back, and no longer. */
const briefly = { sessionExpirySeconds: 60 }

async function leaveAndReturn(subject: Known, level: 4 | 5): Promise<Away> {
  const options = { clientId: `${subject.probeId}-kept`, level }
  const left = await open(subject, { ...options, clean: false })
  await close(left)
  const { sessionExpiryInterval } = left.connack?.properties ?? {}
  const expiry = sessionExpiryInterval === undefined ? {} : { expirySeconds: sessionExpiryInterval }
  if (left.standing === undefined) return { resumed: false, fault: left.ending?.words ?? 'the link did not stand' }
  const probe = await visit(subject, { clientId: `${subject.probeId}-3`, leaving: 'goodbye', level })
  const again = await open(subject, { ...options, clean: false })
  const resumed = again.standing?.resumed === true
  const came = () => again.heard.events.some(({ event }) => event.clientId === probe.clientId)
  if (resumed && probe.fault === undefined) await within(subject.timeoutMs, came)
  await close(again)
  // A clean start takes the session from the broker again.
  await close(await open(subject, { ...options, clean: true }))
  return { resumed, ...(probe.fault === undefined ? { kept: came() } : {}), ...expiry }
}

/** Brokers bound the number as well. */
function boundsOf(dialect: string): string {
  if (dialect === 'mosquitto') return ' and max_queued_messages (1000 unless set)'
  return dialect === 'emqx' ? ' and mqtt.max_mqueue_len messages (1000 unless set)' : ''
}
