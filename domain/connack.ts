/** What the codes mean with which brokers refuse a connection: CONNACK of MQTT 5 [§3.2.2.2] and of 3.1.1 [§3.2.2.3]. */
import { harmless } from './text.ts'

const names: ReadonlyMap<string, string> = new Map([
  ['1', 'unacceptable protocol version'],
  ['2', 'client identifier rejected'],
  ['3', 'server unavailable'],
  ['4', 'bad user name or password'],
  ['5', 'not authorized'],
  ['128', 'unspecified error'],
  ['129', 'malformed packet'],
  ['130', 'protocol error'],
  ['131', 'implementation specific error'],
  ['132', 'unsupported protocol version'],
  ['133', 'client identifier not valid'],
  ['134', 'bad user name or password'],
  ['135', 'not authorized'],
  ['136', 'server unavailable'],
  ['137', 'server busy'],
  ['138', 'banned'],
  ['140', 'bad authentication method'],
  ['144', 'topic name invalid'],
  ['149', 'packet too large'],
  ['151', 'quota exceeded'],
  ['153', 'payload format invalid'],
  ['154', 'retain not supported'],
  ['155', 'QoS not supported'],
  ['156', 'use another server'],
  ['157', 'server moved'],
  ['159', 'connection rate exceeded'],
])

/** A code as people read it, such as `bad user name or password (134)`; what is no known code is shown as it is. */
export function refusalText(code: string): string {
  const name = names.get(code)
  return name === undefined ? harmless(code, 60) : `${name} (${code})`
}
