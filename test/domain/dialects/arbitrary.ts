/** Client ids, topics and payloads as bad as anyone can send them, for property tests. */
import fc from 'fast-check'
import { printBeginning, printedEnds, wordings } from './mosquitto-printf.ts'

const peers = fc.constantFrom('10.1.2.3:50123', '::1:40000', '1.2.3.4:5')

/** Every sentence of every wording, about the given id. */
const sentences = (id: fc.Arbitrary<string>) =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom(...wordings.flatMap((wording) => printedEnds[wording])), id, peers)
      .map(([end, clientId, peer]) => end.print(clientId, peer)),
    fc
      .tuple(id, fc.constantFrom(1, 2, 4, 5), fc.option(id, { nil: undefined }))
      .map(([clientId, p, username]) => printBeginning(clientId, username === undefined ? { p } : { p, username })),
    id.map((clientId) => `Client ${clientId} negotiated TLSv1.3 cipher TLS_AES_256_GCM_SHA384`),
    id.map((clientId) => `Outgoing messages are being dropped for client ${clientId}.`),
    fc.constant('mosquitto version 2.1.2 terminating'),
  )

const awkward = fc.constantFrom(
  '/',
  '+',
  '#',
  '"',
  ' ',
  '\0',
  '\n',
  '\r\n',
  '\u2028',
  '\ud800',
  '\udc00',
  '\ufffd',
  '\u202e',
  '__proto__',
  'constructor',
  '<unknown>',
  ': ',
  ' [1.2.3.4:5]',
  " (p4, c1, k60, u'x')",
  ' (p2, c1, k60).',
  '🜁',
)

const plain = fc.constantFrom('pump-17', 'victim', 'a', '10.1.2.3')
const mixed = fc
  .array(fc.oneof(awkward, plain, fc.string({ unit: 'binary', maxLength: 12 })), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''))

/** Parts of an id that imitate what a broker says: a sentence, or what is left of one on either side. */
const imitation = fc.tuple(sentences(plain), fc.nat(80), fc.boolean(), mixed).map(([sentence, cut, front, rest]) => {
  const part = front ? sentence.slice(0, Math.max(1, sentence.length - cut)) : sentence.slice(cut)
  return front ? rest + part : part + rest
})

const long = fc
  .tuple(mixed, fc.constantFrom(900, 940, 960, 2000, 65_000))
  .map(([part, length]) => part.repeat(Math.ceil(length / Math.max(1, part.length))).slice(0, length))
const longest = fc.constantFrom('x'.repeat(65_535), 'x'.repeat(65_536), 'ä'.repeat(32_767), '\ufffd'.repeat(21_846))

/** Any client id, the worst included. */
export const clientIds = fc.oneof(
  { weight: 4, arbitrary: mixed },
  { weight: 4, arbitrary: imitation },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }) },
  { weight: 1, arbitrary: longest },
)

const stamps = fc.constantFrom('1795374480: ', '', '2026-11-22T20:07:50+0100: ', '99999999999999: ', 'x: ', '0: ')
const lines = fc.tuple(stamps, fc.oneof(sentences(clientIds), clientIds)).map(([stamp, text]) => stamp + text)

const wrongTypes = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>('undefined', null, -1, 1.5, 1e300, true, [], {}, '', 1_795_374_480_000),
  clientIds,
)
const fields = ['clientid', 'username', 'ipaddress', 'proto_ver', 'connected_at', 'disconnected_at', 'ts', 'reason']
const documents = fc
  .tuple(
    fc.record({ clientid: clientIds, reason: fc.oneof(fc.constantFrom('normal', 'constructor'), clientIds) }),
    fc.dictionary(fc.constantFrom(...fields, 'keepalive', 'clean_start', 'extra', 'toString'), wrongTypes),
    fc.boolean(),
  )
  .map(([good, odd, proto]) => {
    const now = 1_795_374_480_000
    const document = { username: 'undefined', connected_at: now, disconnected_at: now, ts: now, ...good, ...odd }
    const json = JSON.stringify(document)
    return proto ? json.replace('{', '{"__proto__":{"clientid":"victim","reason":"normal"},') : json
  })

export const payloads = fc.oneof(
  lines,
  documents,
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.double().map(String),
  clientIds,
  fc.constant('['.repeat(50_000)),
)

const levels = fc.oneof(
  fc.constantFrom('$SYS', 'brokers', 'broker', 'clients', 'gateway', 'coap', 'connected', 'disconnected', 'new', ''),
  fc.constantFrom('log', 'N', 'E', 'I', 'version', 'stats', 'live_connections', 'count', 'total', 'heap', 'current'),
  fc.constantFrom('emqx@10.0.0.1', 'aedes-1', '__proto__', 'memory', 'cpu', 'usage', 'x'.repeat(300)),
  mixed,
)

export const topics = fc.oneof(
  fc.constantFrom('$SYS/broker/log/N', '$SYS/broker/log/E', '$SYS/broker/log/I', '$SYS/broker/version'),
  fc.constantFrom('$SYS/broker/clients/total', '$SYS/a/new/clients', '$SYS/a/disconnect/clients', '$SYS/a/cpu/usage'),
  clientIds.map((clientId) => `$SYS/brokers/emqx@10.0.0.1/clients/${clientId}/connected`),
  clientIds.map((clientId) => `$SYS/brokers/emqx@10.0.0.1/clients/${clientId}/disconnected`),
  clientIds.map((clientId) => `$SYS/brokers/n/gateway/coap/clients/${clientId}/connected`),
  fc.array(levels, { minLength: 1, maxLength: 7 }).map((each) => each.join('/')),
  fc.array(levels, { minLength: 1, maxLength: 5 }).map((each) => `$SYS/${each.join('/')}`),
)
