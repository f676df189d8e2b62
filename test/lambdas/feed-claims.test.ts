/** What clients saw may be posted: under the keys of the cluster, bounded, and without a word about any broker. */
import { expect, it } from 'vitest'
import { decodeBatch } from '../../codec/batch.ts'
import { maxClaimBytes } from '../../domain/claim-document.ts'
import type { ReceivedBatch } from '../../domain/batch.ts'
import { dialects } from '../../domain/dialects/index.ts'
import { EventDraftSchema } from '../../domain/event.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { maxPostedClaims } from '../../lambdas/feed/claims.ts'
import { createReceive } from '../../lambdas/feed/receive.ts'

const token = 'a-token-of-the-plant-1234567890'
const nowMs = Date.parse('2026-11-22T10:00:00.000Z')
const outcome = checkSettings({
  clusters: [
    {
      name: 'plant',
      dialect: 'mosquitto',
      webhook: { secret: 'plant/hook' },
      feeds: [
        { broker: 'm-1', url: 'mqtts://m1.example' },
        { broker: 'm-2', url: 'wss://m2.example:8084/mqtt' },
      ],
    },
  ],
})
if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
const { settings } = outcome

function stage() {
  const batches: ReceivedBatch[] = []
  const ignore = () => undefined
  const receive = createReceive({
    settings,
    dialects,
    keyring: { read: async () => Promise.resolve({ tokens: [token], hmacKeys: [] }) },
    send: async (body) => {
      const decoded = await decodeBatch(body)
      if (decoded.ok) batches.push(decoded.batch)
    },
    log: { warn: ignore, error: ignore },
    now: () => nowMs,
  })
  const post = async (body: unknown, changes: { type?: string; query?: Record<string, string>; token?: string } = {}) =>
    receive({
      cluster: 'plant',
      headers: {
        'content-type': changes.type ?? 'application/json',
        authorization: `Bearer ${changes.token ?? token}`,
      },
      query: changes.query ?? {},
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    })
  const events = () => batches.flatMap((batch) => batch.events.map((event) => EventDraftSchema.parse(event)))
  return { post, events, batches }
}

const closed = { type: 'closed', atMs: nowMs - 5, sequence: 1, cause: 'tcp_reset', connected: true, phase: 'mqtt' }
const document = { keepwatch: 1, clientId: 'pump-1', process: 'p', endpoint: 'm1.example:8883', events: [closed] }

it.each([
  ['one document', JSON.stringify(document), 'application/json'],
  ['a list', JSON.stringify([document]), 'application/json'],
  ['one a line', `${JSON.stringify(document)}\n\n`, 'application/x-ndjson'],
  ['one a line, under its other name', `${JSON.stringify(document)}\r\n`, 'application/jsonl; charset=utf-8'],
])('%s is taken', async (_, body, type) => {
  const { post, events } = stage()
  expect(await post(body, { type })).toMatchObject({ status: 200, body: { events: 1, rejected: 0 } })
  expect(events()).toMatchObject([
    { view: 'client', type: 'disconnected', cause: 'network_reset', clientId: 'pump-1', broker: 'm-1', own: false },
  ])
})

it('the broker is that of the URL, else the one whose feed connects where the client did, else the usual one', async () => {
  const { post, events } = stage()
  const at = (endpoint?: unknown) => ({ ...document, endpoint })
  await post(document, { query: { broker: 'm-9' } })
  await post([at('m2.example:8084'), at('elsewhere:1883'), at(7), at()])
  expect(events().map(({ broker }) => broker)).toEqual(['m-9', 'm-2', 'mosquitto', 'mosquitto'])
})

it('logs are posted long after: whoever holds a key is believed, save for clocks that were never set', async () => {
  const { post, events } = stage()
  const monthAgoMs = nowMs - 30 * 86_400_000
  await post({
    ...document,
    events: [
      { ...closed, atMs: monthAgoMs },
      { ...closed, atMs: 86_400_000, sequence: 2 },
    ],
  })
  expect(events().map(({ atMs }) => atMs)).toEqual([monthAgoMs, nowMs])
})

it('who holds no key is refused, as with all that is posted', async () => {
  const { post, batches } = stage()
  expect((await post(document, { token: 'guess-guess-guess-guess' })).status).toBe(401)
  expect(batches).toEqual([])
})

it('claims show no broker: they move no coverage, and a broker’s own word among them does', async () => {
  const { post, batches } = stage()
  await post(document)
  await post({ ...document, events: [] })
  expect(batches.map(({ feeds }) => feeds)).toEqual([[]])
  await post([document, { type: 'connected', clientId: 'pump-1', at: nowMs }])
  expect(batches.at(-1)?.feeds).toMatchObject([{ feed: 'webhook', seenUntil: '2026-11-22T10:00:00.000Z' }])
  expect(batches.at(-1)?.events).toHaveLength(2)
})

it('what is beyond the bounds, or no document, costs itself alone', async () => {
  const { post, events } = stage()
  const many = (count: number) => ({
    ...document,
    events: Array.from({ length: count }, (_, n) => ({ ...closed, sequence: n })),
  })
  const large = { ...document, note: 'x'.repeat(maxClaimBytes) }
  const answer = await post([large, many(201), { ...document, clientId: '' }, { ...document, keepwatch: 2 }, document])
  expect(answer).toMatchObject({
    status: 200,
    body: { events: 1, rejected: 4, rejections: [{ reason: 'claim_bound' }, { reason: 'claim_bound' }, {}, {}] },
  })
  const small = { type: 'offline', atMs: nowMs, sequence: 1 }
  const packed = { keepwatch: 1, clientId: 'a', process: 'p', events: Array.from({ length: 200 }, () => small) }
  const all = await post(Array.from({ length: 12 }, () => packed))
  expect(all).toMatchObject({ status: 200, body: { events: maxPostedClaims, rejected: 2 } })
  expect(events()).toHaveLength(1 + maxPostedClaims)
  expect(await post('no JSON\n', { type: 'application/x-ndjson' })).toMatchObject({ status: 400 })
})
