/** The webhook: who is let in, what is taken, and that 200 is said only of what the queue has. */
import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBatch } from '../../codec/batch.ts'
import { BatchSchema, type ReceivedBatch } from '../../domain/batch.ts'
import { dialects } from '../../domain/dialects/index.ts'
import { EventDraftSchema } from '../../domain/event.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { requestOf, resultOf } from '../../lambdas/feed/http.ts'
import { createKeyring } from '../../lambdas/feed/keyring.ts'
import { createReceive } from '../../lambdas/feed/receive.ts'

const token = 'a-token-of-the-plant-1234567890'
const otherToken = 'a-token-of-the-cloud-1234567890'
const startMs = Date.parse('2026-11-22T10:00:00.000Z')

const outcome = checkSettings({
  clusters: [
    { name: 'plant', dialect: 'mosquitto', webhook: { secret: 'plant/hook' }, brokers: [{ name: 'm-1' }] },
    { name: 'cloud', dialect: 'emqx', webhook: { secret: 'cloud/hook' } },
    { name: 'quiet', dialect: 'emqx', feeds: [{ url: 'mqtt://emqx.example:1883' }] },
  ],
})
if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
const { settings } = outcome

/** A feed with a clock, secrets and a queue that a test may change. */
function stage(secrets: Record<string, unknown> = { 'plant/hook': { token }, 'cloud/hook': { token: otherToken } }) {
  const world = { ms: startMs, secrets, isQueueUp: true, areSecretsUp: true, reads: 0 }
  const batches: ReceivedBatch[] = []
  const logged: string[] = []
  const say = (message: string, fields: object) => void logged.push(JSON.stringify({ message, ...fields }))
  const log = { warn: say, error: say }
  const now = () => world.ms
  const keyring = createKeyring({
    fetchSecret: async (name) => {
      world.reads += 1
      if (!world.areSecretsUp) throw new TypeError('fetch failed: hunter2')
      return Promise.resolve(JSON.stringify(world.secrets[name]))
    },
    log,
    now,
  })
  const send = async (body: string): Promise<void> => {
    if (!world.isQueueUp) throw new Error('connect ECONNREFUSED')
    if (body.length > 256 * 1024) throw new Error('One or more parameters are invalid. Message must be shorter')
    const decoded = await decodeBatch(body)
    if (!decoded.ok) throw new Error(decoded.detail)
    batches.push(decoded.batch)
  }
  const receive = createReceive({ settings, dialects, keyring, send, log, now })
  const events = () => batches.flatMap((batch) => batch.events.map((event) => EventDraftSchema.parse(event)))
  return { world, batches, logged, receive, events }
}

const json = { 'content-type': 'application/json' }
const event = { type: 'connected', clientId: 'pump-1', at: startMs - 5 }

interface Asked {
  readonly cluster?: string
  readonly headers?: Record<string, string>
  readonly query?: Record<string, string>
  readonly body?: unknown
}
const asking = ({ cluster = 'plant', headers, query = {}, body = event }: Asked = {}) => ({
  cluster,
  headers: { ...json, ...(headers ?? { authorization: `Bearer ${token}` }) },
  query,
  body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})

function signed(key: string, sentMs: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(sentMs / 1000))
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex')
  return { 'x-keepwatch-timestamp': timestamp, 'x-keepwatch-signature': `sha256=${signature}` }
}

describe('who is let in', () => {
  it.each([
    ['a token', { authorization: `Bearer ${token}` }],
    ['a token as password, as a URL carries it', { authorization: `Basic ${btoa(`keepwatch:${token}`)}` }],
  ])('%s is accepted', async (_, headers) => {
    expect((await stage().receive(asking({ headers }))).status).toBe(200)
  })

  const refused: [string, Asked][] = [
    ['no token', { headers: {} }],
    ['another token', { headers: { authorization: `Bearer ${token}x` } }],
    ['the token of another cluster', { headers: { authorization: `Bearer ${otherToken}` } }],
    ['a cluster there is not', { cluster: 'nowhere' }],
    ['a cluster without a webhook', { cluster: 'quiet' }],
    ['a cluster called like something of JavaScript', { cluster: '__proto__' }],
    ['the wrong scheme', { headers: { authorization: `Digest ${token}` } }],
    ['an empty token', { headers: { authorization: 'Bearer ' } }],
  ]
  it('whatever was wrong is answered with the same words, and nothing is shipped', async () => {
    const answers = await Promise.all(
      refused.map(async ([, asked]) => {
        const { receive, batches, logged } = stage()
        const answer = await receive(asking(asked))
        expect(batches).toEqual([])
        expect(logged.join()).not.toContain(token)
        return answer
      }),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(resultOf(answers[0] ?? { status: 200, body: {} })).toMatchObject({
      statusCode: 401,
      headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
    })
  })
  it('a cluster there is not costs the same reads of secrets as one there is', async () => {
    const reads = async (cluster: string) => {
      const { receive, world } = stage()
      for (let tries = 0; tries < 3; tries += 1) {
        await receive(asking({ cluster, headers: { authorization: 'Bearer guess' } }))
        world.ms += 2000
      }
      return world.reads
    }
    expect(await reads('nowhere')).toBe(await reads('plant'))
  })

  it('no configuration with short or malformed secrets lets anybody in, and advice is logged without them', async () => {
    for (const secret of [{ token: 'short' }, { tokens: [''] }, {}, { tokens: 'x' }, [], null, 'text']) {
      const { receive, logged } = stage({ 'plant/hook': secret })
      expect((await receive(asking({ headers: { authorization: 'Bearer short' } }))).status).toBe(401)
      expect((await receive(asking({ headers: {} }))).status).toBe(401)
      expect(logged.some((line) => line.includes('"secret":"plant/hook"'))).toBe(true)
      expect(logged.join()).not.toContain('"short"')
    }
  })
})

describe('signed requests', () => {
  const key = 'a-key-for-signing-1234567890'
  const body = JSON.stringify(event)
  const keys = { 'plant/hook': { hmacKeys: ['an-older-key-1234567890', key] } }

  it.each([
    ['now', 0, 200],
    ['five minutes ago', -300_000, 200],
    ['five minutes ahead', 300_000, 200],
    ['longer ago', -301_000, 401],
    ['further ahead', 301_000, 401],
  ])('signed %s', async (_, offsetMs, status) => {
    const { receive } = stage(keys)
    expect((await receive(asking({ headers: signed(key, startMs + offsetMs, body), body }))).status).toBe(status)
  })

  it('a recorded request is worth nothing five minutes later', async () => {
    const { receive, world, events } = stage(keys)
    const request = asking({ headers: signed(key, startMs, body), body })
    expect((await receive(request)).status).toBe(200)
    world.ms += 300_001
    expect((await receive(request)).status).toBe(401)
    expect(events()).toHaveLength(1)
  })

  it('changed body, changed time, another key and half a signature are refused', async () => {
    const { receive } = stage(keys)
    const right = signed(key, startMs, body)
    const wrong = [
      { headers: right, body: body.replace('pump-1', 'pump-2') },
      { headers: { ...right, 'x-keepwatch-timestamp': String(startMs / 1000 + 1) }, body },
      { headers: signed('another-key-1234567890', startMs, body), body },
      { headers: { ...right, 'x-keepwatch-signature': right['x-keepwatch-signature']?.slice(0, -2) ?? '' }, body },
      { headers: { 'x-keepwatch-signature': right['x-keepwatch-signature'] ?? '' }, body },
    ]
    for (const asked of wrong) expect((await receive(asking(asked))).status).toBe(401)
  })

  it('bytes are signed as they came', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...event, clientId: 'Pumpe-ä-😀' }))
    const { receive, events } = stage(keys)
    const payload = { body: bytes.toString('base64'), isBase64Encoded: true, pathParameters: { cluster: 'plant' } }
    const headers = { ...json, ...signed(key, startMs, bytes.toString()) }
    expect((await receive(requestOf({ ...payload, headers } as never))).status).toBe(200)
    expect(events()[0]?.clientId).toBe('Pumpe-ä-😀')
  })
})

describe('rotation', () => {
  const bearer = (text: string) => asking({ headers: { authorization: `Bearer ${text}` } })
  const next = 'the-next-token-1234567890'

  it('both tokens count while both are listed; the old one ends a minute after it is taken out', async () => {
    const { receive, world } = stage({ 'plant/hook': { tokens: [token] } })
    expect((await receive(bearer(token))).status).toBe(200)
    world.secrets = { 'plant/hook': { tokens: [next, token] } }
    world.ms += 5000
    expect((await receive(bearer(next))).status).toBe(200)
    expect((await receive(bearer(token))).status).toBe(200)
    world.secrets = { 'plant/hook': { tokens: [next] } }
    world.ms += 60_000
    expect((await receive(bearer(token))).status).toBe(401)
  })

  it('a flood of wrong tokens reads the secret once in five seconds', async () => {
    const { receive, world, logged } = stage()
    for (let knocks = 0; knocks < 200; knocks += 1) {
      world.ms = startMs + knocks * 100
      await receive(bearer('guess'))
    }
    expect(world.reads).toBe(4)
    expect(logged).toHaveLength(2)
  })

  it('Secrets Manager may be away for a while; not at the start, when brokers are asked to come again', async () => {
    const { receive, world, logged } = stage()
    world.areSecretsUp = false
    expect((await receive(bearer(token))).status).toBe(503)
    expect(logged.join()).not.toContain('hunter2')
    world.areSecretsUp = true
    world.ms += 5000
    expect((await receive(bearer(token))).status).toBe(200)
    world.areSecretsUp = false
    world.ms += 14 * 60_000
    expect((await receive(bearer(token))).status).toBe(200)
    world.ms += 60_000
    expect((await receive(bearer(token))).status).toBe(503)
  })
})

describe('what is taken', () => {
  it('one object, or a list; the batch says that the webhook was reached, and nothing of the time before', async () => {
    const { receive, batches, events } = stage()
    expect(await receive(asking())).toEqual({ status: 200, body: { result: 'ok', events: 1, rejected: 0 } })
    await receive(asking({ body: [event, { ...event, clientId: 'pump-2' }] }))
    expect(events().map(({ clientId, broker, view }) => [clientId, broker, view])).toEqual([
      ['pump-1', 'm-1', 'broker'],
      ['pump-1', 'm-1', 'broker'],
      ['pump-2', 'm-1', 'broker'],
    ])
    expect(batches[0]).toMatchObject({
      watcher: 'webhook',
      feeds: [{ cluster: 'plant', feed: 'webhook', state: 'up' }],
    })
    expect(batches[0]?.feeds[0]).toMatchObject({ pushed: true, seenUntil: '2026-11-22T10:00:00.000Z' })
    for (const batch of batches) expect(BatchSchema.safeParse(batch).success).toBe(true)
  })

  it('the cluster’s dialect reads what its broker sends', async () => {
    const { receive, events } = stage()
    const body = {
      event: 'client.connack',
      clientid: 'pump-1',
      reason_code: 'banned',
      node: 'emqx@10.0.0.1',
      timestamp: startMs,
    }
    const headers = { authorization: `Bearer ${otherToken}` }
    await receive(asking({ cluster: 'cloud', headers, body }))
    expect(events()).toMatchObject([{ type: 'refused', cause: 'kicked', broker: 'emqx@10.0.0.1' }])
  })

  it('one message that cannot be read costs itself and not its neighbours', async () => {
    const { receive, batches, events } = stage()
    const answer = await receive(
      asking({ body: [event, { ...event, at: 'soon' }, 7, { ...event, clientId: 'pump-2' }] }),
    )
    expect(answer).toMatchObject({
      status: 200,
      body: { events: 2, rejected: 2, rejections: [{ index: 1, reason: 'malformed' }, { index: 2 }] },
    })
    expect(events()).toHaveLength(2)
    const [report] = batches.flatMap(({ feeds }) => feeds)
    expect(report).toMatchObject({ rejected: { malformed: 2 }, rejectionSamples: [{ topic: 'webhook', payload: '7' }] })
  })

  it('messages that all cannot be read are answered with reasons, and count as nothing seen', async () => {
    const { receive, batches } = stage()
    const answer = await receive(asking({ body: { ...event, cause: 'gremlins' } }))
    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining('cause') } })
    expect(batches).toMatchObject([{ feeds: [{ feed: 'webhook', state: 'up', rejected: { malformed: 1 } }] }])
    expect(batches[0]?.feeds[0]).not.toHaveProperty('seenUntil')
  })

  it('who asks as VerneMQ does is told to ask others: nobody is let into the broker by us', async () => {
    const headers = { authorization: `Bearer ${token}`, 'vernemq-hook': 'auth_on_register' }
    expect((await stage().receive(asking({ headers }))).body).toMatchObject({ result: 'next' })
  })

  it('the broker in the query names the broker of events that name none', async () => {
    const { receive, events } = stage()
    await receive(asking({ query: { broker: 'VerneMQ@10.0.0.1' } }))
    expect(events()).toMatchObject([{ broker: 'VerneMQ@10.0.0.1' }])
    expect((await receive(asking({ query: { broker: 'a b' } }))).status).toBe(400)
  })

  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  it.each([
    ['more than 256 KiB', { body: Buffer.alloc(256 * 1024 + 1, ' ') }, 413],
    ['another content type', { headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' } }, 415],
    ['no JSON', { body: '{' }, 400],
    ['nothing', { body: '' }, 400],
    ['an empty list', { body: [] }, 400],
    ['1001 messages', { body: Array.from({ length: 1001 }, () => event) }, 400],
    ['seventeen levels', { body: `[${deep(16)}]` }, 400],
    ['a hundred thousand levels', { body: deep(100_000) }, 400],
    ['1000 messages', { body: Array.from({ length: 1000 }, (_, at) => ({ ...event, at })) }, 200],
    ['brackets in a text are no levels', { body: { ...event, clientId: '['.repeat(50) } }, 200],
  ])('%s', async (_, asked: Asked, status) => {
    expect((await stage().receive(asking(asked))).status).toBe(status)
  })

  it('whatever bytes come, the answer is no server error and what was shipped is valid', async () => {
    const { receive, events } = stage()
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.json({ maxDepth: 20 }).map((text) => Buffer.from(text)),
      fc
        .array(
          fc.record({
            type: fc.constantFrom('connected', 'refused', 'x'),
            clientId: fc.string({ unit: 'binary' }),
            at: fc.oneof(fc.double(), fc.date({ noInvalidDate: false }).map(String), fc.maxSafeInteger()),
          }),
        )
        .map((list) => Buffer.from(JSON.stringify(list))),
    )
    const headers = fc.dictionary(
      fc.constantFrom(
        'content-type',
        'vernemq-hook',
        'x-keepwatch-signature',
        'x-keepwatch-timestamp',
        'authorization',
      ),
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(`Bearer ${token}`, 'application/json', '__proto__')),
    )
    await fc.assert(
      fc.asyncProperty(pieces, headers, fc.constantFrom('plant', 'cloud', ''), async (body, others, cluster) => {
        const { status } = await receive(
          asking({ cluster, headers: { authorization: `Bearer ${token}`, ...others }, body }),
        )
        expect(status).toBeLessThan(500)
      }),
      { numRuns: 500 },
    )
    for (const each of events()) expect(each.cluster).toBe('plant')
  })
})

describe('the queue', () => {
  it('that cannot be reached is answered with 503, so that the broker sends again', async () => {
    const { receive, world, events, logged } = stage()
    world.isQueueUp = false
    expect((await receive(asking())).status).toBe(503)
    world.isQueueUp = true
    expect((await receive(asking())).status).toBe(200)
    expect(events()).toHaveLength(1)
    expect(logged.join()).not.toContain('pump-1')
  })

  /** As hard to pack as text without escapes can be. */
  const noise = (characters: number) =>
    Array.from(randomBytes(characters), (byte) => String.fromCharCode((byte % 91) + (byte % 91 > 56 ? 36 : 35))).join(
      '',
    )

  it('gets a body of incompressible events in several messages', async () => {
    const { receive, batches, events } = stage()
    const body = Array.from({ length: 4 }, () => ({ ...event, clientId: noise(65_000) }))
    expect(await receive(asking({ body }))).toMatchObject({ status: 200, body: { events: 4 } })
    expect(events().map(({ clientId }) => clientId)).toEqual(body.map(({ clientId }) => clientId))
    expect(batches).toHaveLength(2)
  })

  it('takes the largest event there can be', async () => {
    const { receive, events } = stage()
    const huge = { ...event, type: 'refused', clientId: noise(65_535), username: noise(65_535), reason: noise(65_535) }
    expect((await receive(asking({ body: huge }))).status).toBe(200)
    expect(events()).toMatchObject([{ clientId: huge.clientId }])
  })
})
