/** RabbitMQ: headers with printed Erlang terms, and its recording against what was really done. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rabbitmq } from '../../../domain/dialects/rabbitmq.ts'
import { textOfBinary } from '../../../domain/dialects/rabbitmq-terms.ts'
import type { EventDraft } from '../../../domain/event.ts'
import { createOpenSessions } from '../../../domain/open-sessions.ts'
import { clientIds } from './arbitrary.ts'
import { context, eventsOf, jsonLines, message, messagesOf, onlyEvent, readAll } from './recorded.ts'

const atMs = 1_795_374_480_000
const name = '10.0.0.7:49532 -> 10.0.0.1:1883'
const node = 'rabbit@node-1'

/** Headers as 3.10 writes them. */
const created = (others: object = {}) => ({
  client_properties: [],
  variable_map: '#{<<"client_id">> => <<"pump-17">>}',
  node,
  connected_at: atMs,
  user: 'alice',
  name,
  protocol: `{'MQTT',"3.1.1"}`,
  pid: '<rabbit@node-1.1795391240.761.0>',
  timestamp_in_ms: atMs + 1,
  ...others,
})
const closed = (others: object = {}) => ({ name, node, pid: '<rabbit@node-1.1.2.0>', timestamp_in_ms: atMs, ...others })
const read = (topic: string, headers: object, broker = 'broker-1') =>
  rabbitmq.read(message(topic, JSON.stringify(headers), { receivedAt: atMs + 20 }), { ...context, broker })

/** `~p` of Erlang for a binary: a string where every byte is printable in Latin-1, else its bytes. */
function printed(text: string): string {
  const letters = new Map(
    Object.entries({ 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r', 27: 'e', 34: '"', 92: '\\' }),
  )
  const bytes = [...Buffer.from(text)]
  const printable = (byte: number) => letters.has(`${byte}`) || (byte >= 0x20 && byte < 0x7f) || byte >= 0xa0
  if (!bytes.every(printable)) return `<<${bytes.join(',')}>>`
  const escaped = bytes.flatMap((byte) =>
    letters.has(`${byte}`) ? [...Buffer.from(`\\${letters.get(`${byte}`)}`)] : [byte],
  )
  return `<<"${Buffer.from(escaped).toString('utf8')}">>`
}

describe('rabbitmq', () => {
  it('tells who connected, from where, to which node, with which level and as whom', () => {
    expect(onlyEvent(read('connection.created', created()))).toEqual({
      atMs,
      ordinal: 1,
      cluster: 'plant',
      broker: node,
      clientId: 'pump-17',
      type: 'connected',
      view: 'broker',
      own: false,
      connectedAtMs: atMs,
      peer: '10.0.0.7:49532',
      username: 'alice',
      protocol: 4,
      sessionKey: `${node} ${name}`,
    })
  })

  it('tells of an end only which connection it was: no client, no reason', () => {
    const event = onlyEvent(read('connection.closed', closed()))
    expect(event).toMatchObject({ type: 'disconnected', broker: node, cause: 'unknown', origin: 'broker', atMs })
    expect(event.sessionKey).toBe(`${node} ${name}`)
    expect(event).not.toHaveProperty('clientId')
    expect(event).not.toHaveProperty('reason')
  })

  it('reads what newer versions tell: the id in the properties of both, levels as tuples, WebSocket', () => {
    const newer = { variable_map: undefined, client_properties: ['{client_id,longstr,<<"pump-17">>}'] }
    const protocol = `{'Web MQTT',{5,0}}`
    const begun = read('connection.created', created({ ...newer, protocol }))
    expect(onlyEvent(begun)).toMatchObject({ clientId: 'pump-17', protocol: 5 })
    const ended = read('connection.closed', closed({ ...newer, protocol, connected_at: atMs - 5000 }))
    expect(onlyEvent(ended)).toMatchObject({ clientId: 'pump-17', connectedAtMs: atMs - 5000 })
  })

  it.each([
    ['connection.created', created({ protocol: '{0,9,1}' })],
    ['connection.created', created({ protocol: `{'STOMP',"1.2"}` })],
    ['connection.closed', closed({ client_properties: ['{<<"product">>,longstr,<<"amqplib">>}'] })],
    ['connection.closed', closed({ protocol: '{0,9,1}' })],
    ['user.authentication.failure', { name: 'x', protocol: '{0,9,1}', connection_name: name }],
  ])('takes %s of clients that do not speak MQTT for what it is', (topic, headers) => {
    expect(read(topic, headers, node)).toMatchObject({ kind: 'rejection', reason: 'not_lifecycle' })
  })

  it.each([
    ['no client id', created({ variable_map: '#{}' })],
    ['an id that is no UTF-8', created({ variable_map: '#{<<"client_id">> => <<255,254>>}' })],
    ['an escape that Erlang does not write', created({ variable_map: String.raw`#{<<"client_id">> => <<"\q">>}` })],
    ['an id after the id', created({ variable_map: '#{<<"client_id">> => <<"a">>,<<"b">> => <<1>>}' })],
    ['an empty id', created({ variable_map: '#{<<"client_id">> => <<>>}' })],
    ['no time', created({ connected_at: 'now' })],
  ])('rejects %s rather than guess', (_, headers) => {
    expect(read('connection.created', headers)).toMatchObject({ kind: 'rejection', reason: 'malformed' })
  })

  it('records every id exactly, however Erlang prints it', () => {
    const whole = clientIds.filter((id) => id !== '' && Buffer.byteLength(id) <= 65_535 && id.isWellFormed())
    fc.assert(
      fc.property(whole, (id) => {
        expect(textOfBinary(printed(id))).toBe(id)
        const headers = created({ variable_map: `#{<<"client_id">> => ${printed(id)}}` })
        expect(onlyEvent(read('connection.created', headers)).clientId).toBe(id)
        const triple = created({ variable_map: undefined, client_properties: [`{client_id,longstr,${printed(id)}}`] })
        expect(onlyEvent(read('connection.created', triple)).clientId).toBe(id)
      }),
    )
  })

  it('records a refused login where the feed names its one broker, with the words of RabbitMQ', () => {
    const failure = {
      error: [...Buffer.from("user 'alice' - invalid credentials")],
      name: 'alice',
      connection_type: 'direct',
    }
    const headers = { ...failure, timestamp_in_ms: atMs }
    const event = onlyEvent(read('user.authentication.failure', headers, node))
    const reason = "user 'alice' - invalid credentials"
    expect(event).toMatchObject({ type: 'refused', broker: node, cause: 'not_authorized', reason, username: 'alice' })
    expect(event).not.toHaveProperty('clientId')
    expect(read('user.authentication.failure', headers)).toMatchObject({ kind: 'rejection', reason: 'not_lifecycle' })
  })
})

describe('its recording, of two nodes', () => {
  interface Truth {
    readonly client: string
    readonly node?: string
    readonly did?: string
    readonly saw?: string
  }
  const truth = jsonLines<Truth>('rabbitmq.truth.jsonl')
  const sessions = createOpenSessions('plant', 1000)
  const events = eventsOf(readAll(rabbitmq)).map((event) => sessions.take(event, event.atMs))
  const of = (client: string, type: EventDraft['type']) =>
    events.filter((event) => event.type === type && event.clientId === client)
  const did = (client: string, what: string) => truth.filter((line) => line.client === client && line.did === what)

  it('records each client as often as it was accepted, on the node it was sent to', () => {
    for (const client of new Set(truth.map((line) => line.client))) {
      const accepted = truth.filter((line) => line.client === client && line.saw === 'connect').length
      const nodes = did(client, 'connect')
        .slice(0, accepted)
        .map((line) => line.node)
      expect({ client, nodes: of(client, 'connected').map(({ broker }) => broker) }).toEqual({ client, nodes })
    }
  })

  it('joins every end to its client by the session, take-overs too, but for those who were still there', () => {
    const begun = events.filter(({ type }) => type === 'connected')
    for (const { clientId } of begun) {
      const left = clientId?.startsWith('v4-left') ? 1 : 0
      const counts = [of(clientId ?? '', 'connected').length - left, of(clientId ?? '', 'disconnected').length]
      expect({ clientId, counts }).toEqual({ clientId, counts: [counts[0], counts[0]] })
    }
    const ended = new Set(events.filter(({ type }) => type === 'disconnected').map(({ sessionKey }) => sessionKey))
    const open = begun.filter(({ sessionKey }) => !ended.has(sessionKey)).map(({ clientId }) => clientId)
    expect(new Set(open)).toEqual(new Set(['v4-left-00', 'v4-left-01', 'v4-left-02']))
    expect(ended.size).toBe(begun.length - open.length)
  })

  it('tells a refused login without a client id', () => {
    const refused = eventsOf(
      messagesOf(rabbitmq).map((each) => rabbitmq.read(each, { ...context, broker: node })),
    ).filter(({ type }) => type === 'refused')
    expect(refused).toHaveLength(
      truth.filter(({ client, did: what }) => /badpw/.test(client) && what === 'connect').length,
    )
    expect(refused.every((event) => event.clientId === undefined && event.username === 'alice')).toBe(true)
  })
})
