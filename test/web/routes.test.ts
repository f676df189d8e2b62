import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hrefOf, type Place, placeOf } from '../../web/routes.ts'
import { parametersOf, rangeOf, type Span, spanOf, stepMinutesOf, usual, zoomed } from '../../web/span.ts'

const name = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }),
  fc.constantFrom('.', '..', '..~', 'a/b', 'a%2Fb', '?#', '<script>', '\u202e', ' '),
)
const place: fc.Arbitrary<Place> = fc.oneof(
  fc.constant<Place>({ page: 'fleet' }),
  fc.record({ page: fc.constant('fleet' as const), cluster: name }),
  fc.record({ page: fc.constant('broker' as const), cluster: name, broker: name }),
  fc.record({ page: fc.constant('client' as const), cluster: name, clientId: fc.string({ unit: 'grapheme' }) }),
  fc.constant<Place>({ page: 'alerts' }),
  fc.record({ page: fc.constant('alert' as const), id: name }),
)
const span: fc.Arbitrary<Span> = fc.oneof(
  fc.record({ kind: fc.constant('last' as const), minutes: fc.integer({ min: 1, max: 10_080 }) }),
  fc
    .tuple(fc.integer({ min: 946_684_800_000, max: 4_000_000_000_000 }), fc.integer({ min: 1, max: 1e10 }))
    .map(([fromMs, length]): Span => ({ kind: 'fixed', fromMs, toMs: fromMs + length })),
)

describe('addresses', () => {
  it('lead to what they were made for, whatever names hold, as a browser reads them', () => {
    fc.assert(
      fc.property(place, span, (where, when) => {
        const { pathname, searchParams } = new URL(hrefOf(where, when), 'http://127.0.0.1')
        expect(placeOf(pathname, searchParams)).toEqual(where)
        expect(spanOf(searchParams)).toEqual(when)
      }),
    )
  })
  it('of any other form lead nowhere, and never throw', () => {
    const nowhere = [
      '/x',
      '/clusters',
      '/clusters/a',
      '/clusters/a/brokers',
      '/clusters/a/clients',
      '/a/%E0%A4%A',
      '/alerts/a/b',
    ]
    for (const path of nowhere) expect(placeOf(path, new URLSearchParams())).toEqual({ page: 'nowhere' })
  })
})

describe('spans', () => {
  it.each([
    ['last=15m', { kind: 'last', minutes: 15 }],
    ['last=7d', { kind: 'last', minutes: 10_080 }],
    ['', usual],
    ['last=0m', usual],
    ['last=9999d', usual],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', usual],
    ['from=x&to=2026-01-01T00:00:00Z', usual],
  ])('%s is read', (search, expected) => {
    expect(spanOf(new URLSearchParams(search))).toEqual(expected)
  })
  it('a live span asks the same question until there is a new point, and never for more than 402 points', () => {
    const minute = Date.parse('2026-01-01T10:07:00.000Z')
    const hour: Span = { kind: 'last', minutes: 60 }
    expect(rangeOf(hour, minute + 1000)).toEqual(rangeOf(hour, minute + 59_000))
    expect(rangeOf(hour, minute + 61_000)).not.toEqual(rangeOf(hour, minute + 59_000))
    fc.assert(
      fc.property(span, (when) => {
        const range = rangeOf(when, minute)
        expect((range.toMs - range.fromMs) / 60_000 / stepMinutesOf(range)).toBeLessThanOrEqual(402)
      }),
    )
    expect(parametersOf(usual)).toEqual({})
  })
  it('zooming out does not reach into the future', () => {
    const nowMs = Date.parse('2026-01-01T10:00:00.000Z')
    const range = { fromMs: nowMs - 3_600_000, toMs: nowMs }
    expect(zoomed(range, 2, nowMs)).toEqual({ kind: 'fixed', fromMs: nowMs - 7_200_000, toMs: nowMs })
    expect(zoomed(range, 0.5, nowMs)).toEqual({ kind: 'fixed', fromMs: nowMs - 2_700_000, toMs: nowMs - 900_000 })
  })
})
