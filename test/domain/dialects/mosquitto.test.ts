/** mosquitto's sentences in all three wordings, its time stamps, its cut lines, and what gives its version away. */
import { describe, expect, it } from 'vitest'
import { eventOf } from '../../../codec/identity.ts'
import { causes } from '../../../domain/cause.ts'
import type { Wording } from '../../../domain/dialect.ts'
import { endingsUntil210 } from '../../../domain/dialects/mosquitto-sentences.ts'
import { mosquitto } from '../../../domain/dialects/mosquitto.ts'
import { line, printBeginning, printedEnds, wordings } from './mosquitto-printf.ts'
import { context, message, onlyEvent } from './recorded.ts'

const log = (severity: string, text: string) => message(`$SYS/broker/log/${severity}`, text)
const read = (text: string, wording?: Wording, severity = 'N') =>
  mosquitto.read(log(severity, text), { ...context, wording })
const peer = '10.1.2.3:50123'
/** The second in front of every line, and of its receipt. */
const nowMs = Date.parse('2026-11-22T19:08:00.000Z')

describe.each(wordings)('an end as %s writes it', (wording) => {
  it.each(printedEnds[wording].map((end) => [end.print('pump-17', peer), end] as const))('%s', (text, end) => {
    const event = onlyEvent(read(line(text), wording, end.severity))
    expect(event).toMatchObject({
      atMs: nowMs,
      clientId: 'pump-17',
      type: end.type,
      cause: end.cause,
      initiator: causes[end.cause].initiator,
      graceful: causes[end.cause].graceful,
      origin: 'broker',
    })
    expect(event.peer).toBe(wording === 'since_2_1_1' ? peer : undefined)
    expect(text.endsWith(event.reason?.replace(/^(?:Bad socket read\/write|Socket error)/, '') ?? 'nothing')).toBe(true)
  })

  it('no ending up to 2.1.0 is the end of another, so that a line has one reading', () => {
    for (const { text } of endingsUntil210) {
      expect(endingsUntil210.filter((other) => other.text.endsWith(text)).map((other) => other.text)).toEqual([text])
    }
  })
})

describe('a beginning', () => {
  it.each([
    [1, 3],
    [2, 4],
    [3, 3],
    [4, 4],
    [5, 5],
    [131, undefined],
  ])('printed p%i is MQTT level %s', (p, level) => {
    expect(onlyEvent(read(line(printBeginning('a', { p })))).protocol).toBe(level)
  })

  it('tells address, keepalive, clean start and user', () => {
    const event = onlyEvent(read(line(printBeginning('pump 17', { username: "o'hara" }))))
    expect(event).toMatchObject({ type: 'connected', clientId: 'pump 17', peer, username: "o'hara", cleanStart: true })
    expect(event.keepaliveSeconds).toBe(60)
    expect(event).not.toHaveProperty('cause')
  })

  it('of a bridge is marked as one', () => {
    const event = onlyEvent(read(line('New bridge connected from ::1:40000 as b.site (p4, c0, k30).')))
    expect(event).toMatchObject({
      clientId: 'b.site',
      peer: '::1:40000',
      cleanStart: false,
      evidence: { bridge: true },
    })
  })
})

describe('a connection that never said who it was', () => {
  it.each<[string, Wording | undefined]>([
    ['Client <unknown> closed its connection.', undefined],
    ['Client <unknown> has exceeded timeout, disconnecting.', 'until_2_1_0'],
    ['Client <unknown> disconnected: Connection reset by peer.', 'until_2_1_0'],
    ['Client 10.1.2.3 closed its connection.', 'only_2_1_0'],
    ['Client fe80::1 closed its connection.', 'only_2_1_0'],
    ['Client 10.1.2.3 [10.1.2.3:50123] disconnected: connection closed by client.', undefined],
    ['Client 10.1.2.3:50123 [10.1.2.3:50123] disconnected: exceeded timeout.', 'since_2_1_1'],
    ['Client <unknown> disconnected due to protocol error.', undefined],
    ['Client 10.1.2.3 disconnected due to protocol error.', 'only_2_1_0'],
    ['Client 10.1.2.3 [10.1.2.3:50123] disconnected: protocol error.', undefined],
  ])('and went away silently, or spoke no MQTT, is none of the clients: %s', (text, wording) => {
    expect(read(line(text), wording)).toMatchObject({ kind: 'rejection', reason: 'before_connect' })
  })

  it.each<[string, Wording | undefined, string]>([
    ['Client <unknown> disconnected, not authorised.', undefined, 'not_authorized'],
    ['Client <unknown> disconnected due to malformed packet.', 'until_2_1_0', 'protocol_error'],
    ['Client <unknown> disconnected due to oversize packet.', 'until_2_1_0', 'packet_too_large'],
    ['Client 10.1.2.3 disconnected due to malformed packet.', 'only_2_1_0', 'protocol_error'],
    ['Client 10.1.2.3 [10.1.2.3:50123] disconnected: malformed packet.', undefined, 'protocol_error'],
  ])('and was turned away is a refusal without a client: %s', (text, wording, cause) => {
    const event = onlyEvent(read(line(text), wording))
    expect(event).toMatchObject({ type: 'refused', cause, own: false })
    expect(event).not.toHaveProperty('clientId')
  })

  it('and found the broker full is a refusal by a limit, with its address', () => {
    const full = 'Client connection from 10.1.2.3 denied: max_connections exceeded.'
    const event = onlyEvent(read(line(full)))
    expect(event).toMatchObject({ type: 'refused', cause: 'quota_exceeded', peer: '10.1.2.3' })
    expect(event).not.toHaveProperty('clientId')
    const claimed = onlyEvent(read(line(`${full.replace('Client ', 'Client x ')} closed its connection.`)))
    expect(claimed).toMatchObject({ type: 'disconnected', cause: 'network_eof' })
  })

  it('is not confused with a client whose id is an address', () => {
    expect(onlyEvent(read(line('Client 10.1.2.3 closed its connection.'), 'until_2_1_0')).clientId).toBe('10.1.2.3')
    const said = 'Client 10.1.2.3 [10.1.2.3:50123] disconnected: session taken over.'
    expect(onlyEvent(read(line(said), 'since_2_1_1')).clientId).toBe('10.1.2.3')
    const elsewhere = 'Client 10.9.9.9 [10.1.2.3:50123] disconnected: exceeded timeout.'
    expect(onlyEvent(read(line(elsewhere), 'since_2_1_1')).clientId).toBe('10.9.9.9')
  })
})

describe('the wording', () => {
  const wordingOf = (topic: string, payload: string) => mosquitto.wordingOf?.(message(topic, payload))

  it.each([
    ['mosquitto version 1.6.15', 'until_2_1_0'],
    ['mosquitto version 2.0.11', 'until_2_1_0'],
    ['mosquitto version 2.1.0', 'only_2_1_0'],
    ['mosquitto version 2.1.1', 'since_2_1_1'],
    ['mosquitto version 2.10.0', 'since_2_1_1'],
    ['mosquitto version 3.0.0', 'since_2_1_1'],
    ['mosquitto version next', undefined],
    ['flashmq 2.0.11', undefined],
  ])('%s means %s', (version, wording) => {
    expect(wordingOf('$SYS/broker/version', version)).toBe(wording)
  })

  it.each([
    ['N', printBeginning('a', { p: 2 }), 'until_2_1_0'],
    ['N', printBeginning('a', { p: 4 }), undefined],
    ['N', printBeginning('a', { p: 5 }), undefined],
    ['E', 'Client a already connected, closing old connection.', 'until_2_1_0'],
    ['I', 'mosquitto version 2.1.2 running', 'since_2_1_1'],
    ['N', 'mosquitto version 2.1.2 running', undefined],
    ['N', `Client a [${peer}] disconnected: connection closed by client.`, 'since_2_1_1'],
    ['N', `Client a [${peer}] disconnected.`, undefined],
    ['N', `Client a [${peer}] disconnected: Broken pipe.`, undefined],
    ['N', `Client a [${peer}] disconnected: exceeded timeout. disconnected.`, undefined],
    ['N', `New connection from ${peer} on port 1883.`, undefined],
  ])('a line at %s, %s, gives away %s', (severity, text, wording) => {
    expect(wordingOf(`$SYS/broker/log/${severity}`, line(text))).toBe(wording)
  })

  it('decides whose end it is where two ids are possible', () => {
    const text = line(`Client a [${peer}] disconnected.`)
    expect(onlyEvent(read(text, 'since_2_1_1'))).toMatchObject({ clientId: 'a', peer })
    expect(onlyEvent(read(text, 'until_2_1_0')).clientId).toBe(`a [${peer}]`)
    expect(onlyEvent(read(text, 'only_2_1_0')).clientId).toBe(`a [${peer}]`)
  })

  it('while unknown makes such a line malformed instead of guessing, and says what to allow', () => {
    for (const text of [`Client a [${peer}] disconnected.`, `Client a [${peer}] disconnected: Broken pipe.`]) {
      const reading = read(line(text))
      expect(reading).toMatchObject({ kind: 'rejection', reason: 'malformed' })
      expect(JSON.stringify(reading)).toContain('$SYS/broker/version')
    }
  })

  it('need not be known for lines that only one wording can have written', () => {
    expect(onlyEvent(read(line('Client a disconnected.'))).clientId).toBe('a')
    expect(onlyEvent(read(line(`Client a [${peer}] disconnected: exceeded timeout.`))).clientId).toBe('a')
    expect(onlyEvent(read(line(`Client a [${peer}] closed its connection.`))).clientId).toBe(`a [${peer}]`)
  })
})

describe('time', () => {
  const stamped = (stamp: string) => onlyEvent(read(`${stamp}Client a disconnected.`))

  it('is the second in front of the line', () => {
    expect(stamped('1795374470: ').atMs).toBe(nowMs - 10_000)
    expect(stamped('1795374470: ')).not.toHaveProperty('evidence')
  })

  it.each(['2026-11-22T20:07:50+0100: ', '2026-11-22 20:07:50+01:00: ', '2026-11-22T19:07:50Z: '])(
    'is read from a date with its zone: %s',
    (stamp) => {
      expect(stamped(stamp).atMs).toBe(nowMs - 10_000)
      expect(stamped(stamp)).not.toHaveProperty('evidence')
    },
  )

  it.each(['2026-11-22T20:07:50: ', 'Sun Nov 22 20:07:50 2026: ', '[20:07:50] : ', 'Nov 22 20:07:50 CET: ', ''])(
    'is the time of receipt, and said to be, where none or no zone is told: "%s"',
    (stamp) => expect(stamped(stamp)).toMatchObject({ clientId: 'a', atMs: nowMs, evidence: { clock: 'receipt' } }),
  )

  it('more than a day off is kept beside the time of receipt', () => {
    const evidence = { clock: 'receipt', stampedAt: '2026-11-20T00:00:00.000Z' }
    expect(stamped('1795132800: ')).toMatchObject({ atMs: nowMs, evidence })
  })

  it('in a form nobody knows is malformed rather than overlooked', () => {
    const german = read('So 22. Dez 2026: Client a disconnected.')
    expect(german).toMatchObject({ kind: 'rejection', reason: 'malformed' })
  })

  it('cannot be feigned by the words of a client in a log without time stamps', () => {
    const text = 'Outgoing messages are being dropped for client Mon 12:00: Client victim disconnected.'
    expect(read(text, 'until_2_1_0')).toMatchObject({ kind: 'rejection' })
  })

  it('equal lines of one second are told apart by their repeat, and only by it', () => {
    const text = line('Client a disconnected.')
    const idOf = (others: object) => eventOf(onlyEvent(mosquitto.read({ ...log('N', text), ...others }, context))).id
    expect(idOf({ repeat: 1 })).not.toBe(idOf({ repeat: 0 }))
    expect(idOf({ ordinal: 7, receivedAt: nowMs + 1234 })).toBe(idOf({}))
    expect(onlyEvent(mosquitto.read({ ...log('N', text), ordinal: 7 }, context)).ordinal).toBe(7)
  })

  it('of counting is the second in the line, else the second of receipt', () => {
    expect(mosquitto.instantOf(log('N', '1795374470: anything'))).toBe('1795374470')
    expect(mosquitto.instantOf(log('N', 'Client a disconnected.'))).toBe('received 1795374480')
    expect(mosquitto.instantOf(message('$SYS/broker/uptime', '1 seconds'))).toBeUndefined()
  })
})

it('an id that ends in the words of a failed socket keeps its own end', () => {
  const clientId = `victim [${peer}] disconnected: bad socket read/write:`
  const text = line(`Client ${clientId} disconnected: Cannot allocate memory.`)
  expect(onlyEvent(read(text, 'until_2_1_0'))).toMatchObject({ clientId, cause: 'server_error' })
})

describe('a line that mosquitto cut at 1000 bytes', () => {
  it('keeps the start of the id of a beginning, and says so', () => {
    const clientId = 'ä'.repeat(600)
    const event = onlyEvent(read(line(printBeginning(clientId))))
    expect(event).toMatchObject({ type: 'connected', peer, evidence: { cut: true } })
    expect(event.clientId?.length).toBeGreaterThan(450)
    expect(clientId.startsWith(event.clientId ?? '-')).toBe(true)
  })

  it.each([...wordings])('tells nothing of an end in %s: what happened is missing', (wording) => {
    for (const end of printedEnds[wording]) {
      const reading = read(line(end.print('x'.repeat(2000), peer)), wording, end.severity)
      expect(reading).toMatchObject({ kind: 'rejection', reason: 'cut' })
    }
  })

  it('is not believed when the id is made so that the cut looks like an end', () => {
    const ending = ' closed its connection.'
    const room = 999 - line(`Client ${ending}`).length
    const text = line(`Client ${'v'.repeat(room)}${ending}${'x'.repeat(50)} disconnected.`)
    expect(text.endsWith(ending)).toBe(true)
    expect(read(text, 'until_2_1_0')).toMatchObject({ kind: 'rejection', reason: 'cut' })
  })

  it('is dropped as cut when the id may have ended before the cut', () => {
    const text = line(printBeginning('victim', { username: 'u'.repeat(2000) }))
    expect(read(text)).toMatchObject({ kind: 'rejection', reason: 'cut' })
  })

  it('is whole one byte below', () => {
    const room = 998 - line('Client  disconnected.').length
    expect(onlyEvent(read(line(`Client ${'x'.repeat(room)} disconnected.`))).clientId).toHaveLength(room)
  })
})

describe('what tells of no connection', () => {
  it.each([
    ['N', 'New connection from 10.1.2.3:5 on port 1883.'],
    ['N', 'Client pump negotiated TLSv1.3 cipher TLS_AES_256_GCM_SHA384'],
    ['N', 'Client victim [1.2.3.4:5] disconnected: bad socket read/write: x negotiated TLSv1.2 cipher AES256-SHA'],
    ['N', 'Bad client pump sending multiple CONNECT messages.'],
    ['N', 'Expiring client pump due to timeout.'],
    ['N', 'mosquitto version 2.0.11 terminating'],
    ['I', 'Client mosquitto version 2.0.11 terminating'],
    ['I', 'Client pump disconnected.'],
    ['E', 'Client pump disconnected.'],
    ['N', 'Client pump already connected, closing old connection.'],
    ['E', 'OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading'],
  ])('is not_lifecycle at %s: %s', (severity, text) => {
    expect(read(line(text), undefined, severity)).toMatchObject({ kind: 'rejection', reason: 'not_lifecycle' })
  })

  it('is not_watched where nobody subscribed', () => {
    expect(mosquitto.read(message('$SYS/broker/log/M/subscribe', '1: a 0 b'), context)).toMatchObject({
      reason: 'not_watched',
    })
  })

  it('figures are samples, and what is no figure is malformed', () => {
    const reading = mosquitto.read(message('$SYS/broker/heap/current', '52311'), context)
    const sample = {
      cluster: 'plant',
      broker: 'broker-1',
      name: 'heap_bytes',
      at: '2026-11-22T19:08:00.000Z',
      value: 52_311,
    }
    expect(reading).toEqual({ kind: 'samples', samples: [sample] })
    for (const payload of ['', 'many', '1e999', '-1', 'NaN', '0x10', '1'.repeat(400)]) {
      expect(mosquitto.read(message('$SYS/broker/clients/total', payload), context)).toMatchObject({
        reason: 'malformed',
      })
    }
  })
})

describe('the broker itself', () => {
  it('says that it stops, or that it starts, which ends every session before', () => {
    const stops = 'mosquitto version 2.0.11 terminating'
    const starts = 'mosquitto version 2.0.11 starting'
    const ended = { kind: 'ended', broker: 'broker-1', atMs: nowMs, cause: 'server_shutdown' }
    expect(read(line(stops), undefined, 'I')).toEqual({ ...ended, reason: stops })
    expect(read(line(starts), undefined, 'I')).toEqual({ ...ended, reason: starts, starts: true })
    expect(read(line('mosquitto version 2.0.11 running'), undefined, 'I')).toMatchObject({ reason: 'not_lifecycle' })
  })

  it('tells how long it runs; what is retained may be of an earlier run and tells nothing', () => {
    const uptime = (payload: string, retain = false) =>
      mosquitto.read(message('$SYS/broker/uptime', payload, { retain }), context)
    expect(uptime('24 seconds')).toEqual({ kind: 'uptime', seconds: 24 })
    expect(uptime('24 seconds', true)).toMatchObject({ reason: 'not_lifecycle' })
    expect(uptime('a while')).toMatchObject({ reason: 'malformed' })
  })
})
