/** Are we let in, and what does the broker say then? */
import type { IConnackPacket } from 'mqtt'
import { harmless } from '../../domain/text.ts'
import { type Advice, type Check, failed, ok, warning } from './check.ts'
import type { Opening } from './opening.ts'
import type { Known } from './subject.ts'

const levels = { 4: 'MQTT 3.1.1', 5: 'MQTT 5' } as const

/** Judges an opened link by what came of its CONNECT. */
export function checkLogin(subject: Known, { connack, level, ending, refusal5 }: Opening): Check {
  if (connack === undefined) {
    const advice = [idAdvice(ending?.words ?? '', subject)]
    return failed('login', ending?.words ?? 'the broker did not answer', { advice, facts: { protocol: level } })
  }
  const facts = { protocol: level, clientId: subject.probeId, ...told(connack) }
  const said = Object.entries(told(connack)).map(([name, value]) => `${inWords(name)} ${String(value)}`)
  const found = [`let in over ${levels[level]}`, ...said].join('; ')
  if (level === 5) return ok('login', found, { facts })
  const lost = 'Over MQTT 3.1.1 the broker tells no reason when it ends the watcher’s own connection'
  const { keepsSeconds } = subject.dialect
  if (refusal5 === undefined && subject.feed.connection.protocolVersion !== 4) return ok('login', found, { facts })
  const why = refusal5 === undefined ? '"protocolVersion": 4 is set' : 'it does not take MQTT 5'
  if (keepsSeconds === undefined) return ok('login', `${found} (${why})`, { facts })
  const text = `${lost}, and keeps nothing for it while it is away. Allow MQTT 5.`
  return warning('login', `${found}: ${why}`, { advice: [{ text }], facts })
}

/** Names of CONNACK's properties as MQTT 5 gives them [MQTT 5 §3.2.2.3], where the broker set them. */
function told({ properties = {} }: IConnackPacket): Readonly<Record<string, string | number | boolean>> {
  const { receiveMaximum, assignedClientIdentifier, serverKeepAlive, maximumQoS, wildcardSubscriptionAvailable } =
    properties
  return {
    ...(receiveMaximum === undefined ? {} : { receiveMaximum }),
    ...(assignedClientIdentifier === undefined ? {} : { assignedClientId: harmless(assignedClientIdentifier) }),
    ...(serverKeepAlive === undefined ? {} : { serverKeepAlive }),
    ...(maximumQoS === undefined ? {} : { maximumQoS }),
    ...(wildcardSubscriptionAvailable === undefined ? {} : { wildcardSubscriptionAvailable }),
  }
}

/** `receiveMaximum` → receive maximum. */
function inWords(name: string): string {
  return name.replace(/[A-Z]+(?![a-z])|[A-Z]/g, (letters) => ` ${letters.length > 1 ? letters : letters.toLowerCase()}`)
}

/** The one thing in which the doctor differs from the watcher. */
function idAdvice(words: string, { probeId }: Known): Advice | undefined {
  return /client id|not authorized/.test(words)
    ? {
        text: `Where the broker binds logins to client ids, let this one use ids that begin keepwatch-, such as ${probeId}.`,
      }
    : undefined
}
