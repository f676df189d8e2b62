/** NanoMQ: events on `$SYS/brokers/{connected,disconnected}`, since 0.24.1 on `$SYS/brokers/client_status/<client id>`. */
import { type Dialect, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import type { EventDraft } from '../event.ts'
import type { Message } from '../message.ts'
import { nanomqEnding, nanomqRefusal } from './nanomq-codes.ts'
import { readPlainHook } from './plain-hook.ts'
import { clientIdFault, notWatched, rejected, utf8Bytes } from './reading.ts'

const statusPrefix = '$SYS/brokers/client_status/'
const connectedTopic = '$SYS/brokers/connected'
const disconnectedTopic = '$SYS/brokers/disconnected'

export const nanomq: Dialect = {
  name: 'nanomq',
  transport: 'mqtt',
  scope: 'broker',
  stableIdentity: true,
  subscriptions: [
    // Client ids may hold `/`.
    { filter: `${statusPrefix}#`, qos: 0, purpose: 'connections that begin and end, since 0.24.1', essential: true },
    { filter: connectedTopic, qos: 0, purpose: 'connections that begin, up to 0.24.0', essential: true },
    { filter: disconnectedTopic, qos: 0, purpose: 'connections that end, up to 0.24.0', essential: true },
  ],
  accessAdvice:
    'nanomq_acl.conf must allow this user to subscribe to $SYS/brokers/#; the file that NanoMQ ships allows everything.',
  instantOf: () => undefined,
  read,
  readHook: readPlainHook,
}

/** It prints into a buffer of 256 bytes, which ends in a NUL. What is as long as that may have lost its end. */
const longestBytes = 255

/**
 * What is printed, which is no JSON: nothing is escaped. A name that holds a quote can imitate any field, so that only
 * what holds no more quotes than the form has is read.
 */
const status = (word: string) => `(?:"status":"(?<status>${word})", ?)?`
const beginning = new RegExp(
  `^\\{${status('online')}"username":"(?<username>[^"]*)", ?"ts":(?<ts>\\d{1,15}),"proto_name":"[^"]*",` +
    '"keepalive":(?<keepalive>\\d{1,5}),"return_code":"(?<code>[0-9a-f]{1,2})","proto_ver":(?<protocol>\\d),' +
    '"client_id":"(?<clientId>[^"]*)", ?"clean_start":(?<cleanStart>[01]), ?"IPv4":"(?<peer>[^"]{0,64})"\\}$',
)
const end = new RegExp(
  `^\\{${status('offline')}"username":"(?<username>[^"]*)", ?"ts":(?<ts>\\d{1,15}),"reason_code":"(?<code>[0-9a-f]{1,2})",` +
    '"client_id":"(?<clientId>[^"]*)", ?"IPv4":"(?<peer>[^"]{0,64})"\\}$',
)

function read(message: Message, context: ReadingContext): Reading {
  const { topic, payload } = message
  const named = topic.startsWith(statusPrefix) ? topic.slice(statusPrefix.length) : undefined
  if (named === undefined && topic !== connectedTopic && topic !== disconnectedTopic) return notWatched(topic)
  // Events of bridges are retained.
  if (message.retain) return rejected('retained', payload)
  if (utf8Bytes(payload) >= longestBytes) return rejected('cut', payload)
  const begins = named === undefined ? topic === connectedTopic : payload.startsWith('{"status":"online"')
  const found = (begins ? beginning : end).exec(payload)?.groups
  if (found === undefined) return rejected('malformed', `not as NanoMQ prints it since 0.20: ${payload}`)
  const { clientId = '', status: told } = found
  if ((told === undefined) !== (named === undefined)) return rejected('malformed', `not of this topic: ${payload}`)
  if (named !== undefined && named !== clientId) {
    return rejected('malformed', `the topic is that of ${named}, the event that of ${clientId}`)
  }
  const fault = clientIdFault(clientId)
  if (fault !== undefined) return rejected('malformed', fault)
  return { kind: 'events', events: [begins ? begun(found, message, context) : ended(found, message, context)] }
}

type Found = Readonly<Record<string, string>>

function ended(found: Found, message: Message, context: ReadingContext): EventDraft {
  return drafted(found, message, context, { type: 'disconnected', ordinal: 0, ...nanomqEnding(found['code'] ?? '') })
}

/** An event like this comes for every CONNECT, accepted or not. */
function begun(found: Found, message: Message, context: ReadingContext): EventDraft {
  const { code = '0', keepalive, cleanStart, protocol } = found
  const level = Number(protocol)
  return drafted(found, message, context, {
    ...(code === '0' ? { type: 'connected', ordinal: 1 } : { type: 'refused', ordinal: 0, ...nanomqRefusal(code) }),
    keepaliveSeconds: Number(keepalive),
    cleanStart: cleanStart === '1',
    ...(level >= 3 && level <= 5 ? { protocol: level } : {}),
  })
}

/** How C prints a name that is not there. */
const nothing = '(null)'

function drafted(
  { ts, clientId = '', username = nothing, peer = '' }: Found,
  message: Message,
  context: ReadingContext,
  facts: Pick<EventDraft, 'type' | 'ordinal'> & Partial<EventDraft>,
): EventDraft {
  return {
    ...placeInTime(Number(ts), message.receivedAt),
    cluster: context.cluster,
    broker: context.broker,
    clientId,
    view: 'broker',
    own: context.isOwn(clientId),
    ...facts,
    ...(username === nothing || username === '' ? {} : { username }),
    ...(peer === '' ? {} : { peer }),
  }
}
