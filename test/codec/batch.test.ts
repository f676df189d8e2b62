/** A batch survives the queue, and what is no batch is told apart by its reason, without harm. */
import { existsSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBatch, encodeBatch, maxUnpackedBytes } from '../../codec/batch.ts'
import { type Batch, batchSchemaVersion } from '../../domain/batch.ts'
import { dialects } from '../../domain/dialects/index.ts'
import { EventDraftSchema } from '../../domain/event.ts'
import { eventsOf, readAll, recordings } from '../domain/dialects/recorded.ts'

const at = '2026-11-22T19:08:00.000Z'
const batch: Batch = {
  schema: batchSchemaVersion,
  id: 'b-1',
  watcher: 'a',
  sentAt: at,
  events: [],
  samples: [{ cluster: 'plant', broker: 'b1', name: 'connected', at, value: 12 }],
  gaps: [{ cluster: 'plant', feed: 'b1', watcher: 'a', from: at, until: at, reason: 'the broker did not answer' }],
  feeds: [],
}
const recorded = Object.values(dialects).filter(({ name }) => existsSync(new URL(`${name}.jsonl`, recordings)))
const noEvents = { rows: 0, fields: {} }
const packed = (text: string) => zstdCompressSync(text).toString('base64')

describe('a batch', () => {
  it('comes back as it was sent, with every event of every recording', async () => {
    const events = recorded.flatMap((dialect) => eventsOf(readAll(dialect)))
    const decoded = await decodeBatch(encodeBatch({ ...batch, events }))
    expect(decoded).toEqual({ ok: true, batch: { ...batch, events } })
  })

  it('carries client ids of any characters unchanged, lone surrogates included', async () => {
    const [draft] = eventsOf(readAll(dialects.aedes))
    if (draft === undefined) throw new Error('the recording of aedes holds no event')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (part) => {
        const event = { ...draft, clientId: `${part}\ud800` }
        const decoded = await decodeBatch(encodeBatch({ ...batch, events: [event] }))
        expect(decoded.ok && decoded.batch.events.map((each) => EventDraftSchema.parse(each))).toEqual([event])
      }),
      { numRuns: 50 },
    )
  })

  it('with one bad event is still a batch: its neighbours do not suffer', async () => {
    const columns = { rows: 2, fields: { type: { all: 'connected' }, atMs: { each: ['yesterday', 17] } } }
    const mixed = packed(JSON.stringify({ ...batch, events: columns }))
    const events = [
      { type: 'connected', atMs: 'yesterday' },
      { type: 'connected', atMs: 17 },
    ]
    expect(await decodeBatch(mixed)).toMatchObject({ ok: true, batch: { events } })
  })
})

describe('what is no batch', () => {
  it.each([
    ['not_base64', ''],
    ['not_base64', 'no base64!'],
    ['not_base64', '{"schema":2}'],
    ['not_zstd', 'aGVsbG8='],
    ['not_zstd', gzipSync('{}').toString('base64')],
    ['not_zstd', encodeBatch(batch).slice(0, 40)],
    ['not_json', packed('schema 1')],
    ['unknown_schema', packed(JSON.stringify({ ...batch, schema: 1 }))],
    ['unknown_schema', packed('{}')],
    ['not_a_batch', packed('[]')],
    ['not_a_batch', packed(JSON.stringify({ ...batch, events: 'many' }))],
    ['not_a_batch', packed(JSON.stringify({ ...batch, events: [] }))],
    ['not_a_batch', packed(JSON.stringify({ ...batch, events: { rows: 1e9, fields: {} } }))],
    ['not_a_batch', packed(JSON.stringify({ ...batch, events: noEvents, extra: 1 }))],
  ])('is refused as %s: %s', async (reason, body) => {
    expect(await decodeBatch(body)).toMatchObject({ ok: false, reason })
  })

  it('and unpacks to more than allowed is refused, however small it is packed', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(maxUnpackedBytes + 1, ' ')).toString('base64')
    expect(bomb.length).toBeLessThan(10_000)
    expect(await decodeBatch(bomb)).toMatchObject({ ok: false, reason: 'too_large' })
  })

  it('but holds exactly as much as allowed is read', async () => {
    const text = JSON.stringify({ ...batch, events: noEvents })
    expect(await decodeBatch(packed(text + ' '.repeat(maxUnpackedBytes - text.length)))).toMatchObject({ ok: true })
  })

  it('never makes the decoder throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.base64String(), fc.json().map(packed)), async (body) => {
        expect((await decodeBatch(body)).ok).toBe(false)
      }),
    )
  })
})
