/** Why an AMQP link ended or never began, in plain words with what to do: pure, from the symptoms amqplib shows. */
import { rabbitmq } from '../domain/dialects/rabbitmq.ts'
import { harmless } from '../domain/text.ts'
import { type Attempted, type Ending, endingOf } from './ending.ts'

/** What was seen of a link until it closed. */
export interface AmqpSymptoms {
  /** The broker let us in: the login was right. */
  accepted: boolean
  error?: AmqpFault
  /** The broker ended our consumer: the queue was deleted, or its node went down. */
  cancelled?: boolean
  /** We ended it, for this reason. */
  local?: string
}

export interface AmqpFault {
  /** Node's name of a fault of the network or of TLS, or the number of an AMQP reply. */
  readonly code?: string | number
  readonly message: string
}

/** What amqplib puts in front of the broker's own words. */
const reply = /(\d{3}) \([A-Z-]+\) with message "([\s\S]*)"$/

/** Number and words of the broker's reply in a fault, if it is one. */
export function replyOf(fault: AmqpFault): { code: number; words: string } | undefined {
  const [, digits, words] = reply.exec(fault.message) ?? []
  return digits === undefined ? undefined : { code: Number(digits), words: harmless(words ?? '', 200) }
}

/** The queue's node is down: RabbitMQ keeps the queue for its return, and gives no other of its name. */
export function isHomeDown(fault: AmqpFault): boolean {
  return /home node .* is down|is down or inaccessible/.test(fault.message)
}

/** Names the ending. The first symptom that explains it wins. */
export function amqpEndingOf(symptoms: AmqpSymptoms, attempted: Attempted): Ending {
  const { error, accepted, local, cancelled } = symptoms
  if (local !== undefined) return { words: local, loginRefused: false }
  const said = error === undefined ? undefined : replyOf(error)
  if (error !== undefined && said !== undefined) return replied(said, accepted, attempted)
  if (cancelled) {
    const words = 'connection lost: the feed’s queue is gone: somebody deleted it, or its node went down'
    return { words, loginRefused: false }
  }
  if (error?.message === 'Heartbeat timeout') {
    const words = `connection lost: nothing came for two heartbeats of ${attempted.feed.connection.keepalive} s (keepalive_timeout)`
    return { words, loginRefused: false }
  }
  return unsaid(error, accepted, attempted)
}

function replied({ code, words }: { code: number; words: string }, accepted: boolean, { feed }: Attempted): Ending {
  const lost = { loginRefused: false }
  if (!accepted && code === 403) {
    const login = feed.secret
      ? `check the secret "${feed.secret}"`
      : 'name a secret with username and password in "secret"; RabbitMQ lets its user guest in from its own machine only'
    return { words: `the broker at ${feed.url} refused the login: ${words}; ${login}`, loginRefused: true }
  }
  if (!accepted) return { words: `the broker at ${feed.url} refused the connection: ${words}`, ...lost }
  if (code === 320) return { words: `connection lost: an operator or a stop of the broker ended it: ${words}`, ...lost }
  if (code === 404 && /no exchange/.test(words)) {
    return { words: `the event exchange is not there (${words}). Enable its plugin. ${rabbitmq.accessAdvice}`, ...lost }
  }
  if (/exclusive|locked|in use/.test(words)) {
    const again = `or RabbitMQ has not noticed yet that our last connection is lost, which takes ${2 * feed.connection.keepalive} s or more`
    return {
      words: `the feed’s queue has a reader: a second watcher of this slot is running, ${again} (${words})`,
      ...lost,
    }
  }
  if (code === 403) return { words: `the user may not: ${words}. ${rabbitmq.accessAdvice}`, ...lost }
  return { words: `connection lost: the broker ended it: ${words} (code ${code})`, ...lost }
}

/** The network's own faults are named as for MQTT. */
function unsaid(error: AmqpFault | undefined, accepted: boolean, attempted: Attempted): Ending {
  const { url, connection } = attempted.feed
  const code = typeof error?.code === 'string' ? error.code : undefined
  if (error?.message === 'connect ETIMEDOUT') {
    return { words: `no answer from ${url} within ${connection.connectTimeout} ms`, loginRefused: false }
  }
  // All that amqplib tells of a refusal after the login.
  if (error !== undefined && error.message.startsWith('Expected ConnectionOpenOk; got <ConnectionClose')) {
    const vhost =
      'the virtual host in the url is not there, or the user has no rights in it (rabbitmqctl set_permissions -p)'
    return { words: `the broker at ${url} refused the connection: ${vhost}`, loginRefused: false }
  }
  if (!accepted && (code === undefined || code === 'ECONNRESET' || code === 'EPIPE')) {
    const words = `the broker at ${url} closed the connection before it answered: is it an AMQP port, with TLS as in the url?`
    return { words, loginRefused: false }
  }
  const closed = error === undefined || code === undefined
  const symptoms = { established: false, accepted, ...(closed ? {} : { error: { code, message: error.message } }) }
  return endingOf(symptoms, { ...attempted, protocol: 4 })
}

/** A fault as amqplib gives it, without the stack and all else that it carries. */
export function faultOf(error: unknown): AmqpFault {
  if (!(error instanceof Error)) return { message: 'an error without a name' }
  const { message } = error
  if (!('code' in error)) return { message }
  const { code } = error
  return typeof code === 'string' || typeof code === 'number' ? { code, message } : { message }
}
