/** Rows survive as columns whatever they hold, and what is no columns cannot unfold into more than a batch may be. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { columnsOf, rowsOf } from '../../codec/columns.ts'

const names = ['atMs', 'connectedAtMs', 'ordinal', 'clientId', 'evidence', 'reason'] as const

/** Few different values, so that a field may be the same in all rows. */
const value = fc.oneof(
  fc.constantFrom<unknown>('pump-1', '', 0, 17, false, true),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.string({ unit: 'binary' }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 2, noNullPrototype: true }),
)
const row = fc.record(Object.fromEntries(names.map((name) => [name, value])), {
  requiredKeys: [],
  noNullPrototype: true,
})
const numbered = fc.record({ atMs: fc.maxSafeInteger(), ordinal: fc.nat(), clientId: fc.constant('pump-1') })
const rows = fc.oneof(fc.array(row, { maxLength: 20 }), fc.array(numbered, { maxLength: 20 }))

/** As it goes through the queue. */
const sent = (columns: unknown): unknown => JSON.parse(JSON.stringify(columns))

it('rows come back from their columns as they were', () => {
  fc.assert(
    fc.property(rows, (list) => {
      expect(rowsOf(sent(columnsOf(list, names)), 20)).toEqual(list)
    }),
    { numRuns: 1000 },
  )
})

it('a field that is undefined or null in a row is lacking there', () => {
  const columns = columnsOf([{ atMs: 1, clientId: null }, { atMs: undefined, clientId: 'a' }, {}], names)
  expect(rowsOf(sent(columns), 3)).toEqual([{ atMs: 1 }, { clientId: 'a' }, {}])
})

it('a field that all rows share is written once, and times as their differences', () => {
  const atMs = 1_795_374_480_000
  const list = [0, 5, 3].map((ms) => ({ atMs: atMs + ms, clientId: 'pump-1' }))
  expect(columnsOf(list, names)).toEqual({
    rows: 3,
    fields: { atMs: { steps: [atMs, 5, -2] }, clientId: { all: 'pump-1' } },
  })
})

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['a list', []],
  ['a text', 'rows'],
  ['no fields', { rows: 1 }],
  ['fields in a list', { rows: 1, fields: [] }],
  ['a count that is none', { rows: '1', fields: {} }],
  ['a broken count', { rows: 1.5, fields: {} }],
  ['a negative count', { rows: -1, fields: {} }],
  ['more rows than allowed', { rows: 1001, fields: {} }],
  ['too few values', { rows: 2, fields: { a: { each: [1] } } }],
  ['too many values', { rows: 1, fields: { a: { each: [1, 2] } } }],
  ['too few steps', { rows: 2, fields: { atMs: { steps: [1] } } }],
  ['a column that is none', { rows: 1, fields: { a: null } }],
  ['a column without values', { rows: 1, fields: { a: {} } }],
  ['a prototype', JSON.parse('{"rows":1,"fields":{"__proto__":{"all":{"admin":true}}}}')],
  ['more fields than any row has', { rows: 1000, fields: Object.fromEntries(manyFields(100_000)) }],
])('%s is no columns', (_, columns) => {
  expect(rowsOf(columns, 1000)).toBeUndefined()
})

it('steps that are no numbers make values that no check lets pass', () => {
  const found = rowsOf({ rows: 3, fields: { atMs: { steps: [1, '2', 3] } } }, 10)
  expect(found?.map(({ atMs }) => atMs)).toEqual([1, Number.NaN, Number.NaN])
})

it('whatever JSON comes, it gives rows within the bound or nothing', () => {
  const column = fc.oneof(
    fc.record({ all: fc.jsonValue() }),
    fc.record({ each: fc.array(fc.jsonValue()) }),
    fc.record({ steps: fc.array(fc.jsonValue()) }),
    fc.jsonValue(),
  )
  const columns = fc.record({ rows: fc.oneof(fc.nat(5), fc.jsonValue()), fields: fc.dictionary(fc.string(), column) })
  fc.assert(
    fc.property(fc.oneof(columns, fc.jsonValue()), (any) => {
      const found = rowsOf(any, 3)
      expect(found === undefined || found.length <= 3).toBe(true)
      for (const each of found ?? []) expect(Object.getPrototypeOf(each)).toBe(Object.prototype)
    }),
    { numRuns: 1000 },
  )
})

function manyFields(count: number): [string, unknown][] {
  return Array.from({ length: count }, (_, n) => [`f${n}`, { all: 0 }])
}
