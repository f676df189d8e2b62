/** Erlang terms as RabbitMQ prints them into headers: the client id of a connection, its protocol, its session's key. */

const binary = /^<<(?:"([^"\\]*(?:\\.[^"\\]*)*)"(?:\/utf8)?|(\d{1,3}(?:,\d{1,3})*))?>>$/s
const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\u001b',
  '"': '"',
  '\\': '\\',
}

/**
 * Text of a printed binary. Erlang prints one as a string where every byte is a printable character of Latin-1 (the
 * bytes then arrive as they are, so that UTF-8 stays UTF-8), otherwise as a list of bytes. Undefined for all else.
 */
export function textOfBinary(printed: string): string | undefined {
  const [whole, quoted, bytes] = binary.exec(printed) ?? []
  if (whole === undefined) return undefined
  if (bytes !== undefined) return textOfBytes(bytes.split(',').map(Number))
  let known = true
  const text = (quoted ?? '').replace(/\\(.)/gs, (_, letter: string) => {
    const character = escapes[letter]
    known &&= character !== undefined
    return character ?? ''
  })
  return known ? text : undefined
}

function textOfBytes(bytes: readonly number[]): string | undefined {
  if (bytes.some((byte) => byte > 255)) return undefined
  try {
    return decodeURIComponent(bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''))
  } catch {
    // No UTF-8, which MQTT demands of a client id.
    return undefined
  }
}

/** Where the client id of an MQTT connection may stand. */
export interface ClientIdHeaders {
  /** Up to 3.11: a printed map. */
  readonly variable_map?: unknown
  /** Since 3.12: a list of printed triples. AMQP clients have theirs here, none of which is a `client_id` of MQTT. */
  readonly client_properties?: unknown
}

/** The printed binary that holds the client id; undefined where none is told. */
export function printedClientId(headers: ClientIdHeaders): string | undefined {
  const { variable_map: map, client_properties: properties } = headers
  const inMap = typeof map === 'string' ? /^#\{<<"client_id">> => (<<.*>>)\}$/s.exec(map)?.[1] : undefined
  if (inMap !== undefined || !Array.isArray(properties)) return inMap
  for (const property of properties) {
    const found = typeof property === 'string' ? /^\{client_id,longstr,(<<.*>>)\}$/s.exec(property)?.[1] : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** Is this the printed protocol of MQTT, over TCP or WebSocket? Such as `{'MQTT',"3.1.1"}` or `{'Web MQTT',{5,0}}`. */
export function isMqtt(protocol: string): boolean {
  return /^\{'(?:Web )?MQTT',/.test(protocol)
}

const levels: ReadonlyMap<string, number> = new Map([
  ['310', 3],
  ['311', 4],
  ['50', 5],
])

/** MQTT level of a printed protocol. */
export function levelOf(protocol: string): number | undefined {
  return levels.get(protocol.slice(0, 40).replace(/\D/g, ''))
}

/** Longest session key that an event may carry. */
const maxKeyLength = 256

/**
 * Key of one connection, from the node and from the name RabbitMQ gives it: `<peer> -> <own address>`. Its process id
 * would be as good, but the management API does not tell it. Undefined where it would be too long to be kept.
 */
export function sessionKeyOf(node: string, name: string): string | undefined {
  const key = `${node} ${name}`
  return key.length <= maxKeyLength ? key : undefined
}

/** Address and port of the client in the name of its connection. */
export function peerOf(name: string): string | undefined {
  return /^(\S{1,256}) -> \S+$/.exec(name)?.[1]
}
