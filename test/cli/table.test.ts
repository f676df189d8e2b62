import { expect, test } from 'vitest'
import { type Column, renderTable } from '../../cli/table.ts'

interface Row {
  readonly broker: string
  readonly clients: number | undefined
  readonly note: string
}
const columns: readonly Column<Row>[] = [
  { title: 'broker', cell: ({ broker }) => broker, least: 8 },
  { title: 'clients', cell: ({ clients }) => clients, tone: () => 'bad' },
  { title: 'note', cell: ({ note }) => note, leaves: 1, least: 10 },
]
const rows: readonly Row[] = [
  { broker: 'b1', clients: 5, note: 'fine' },
  { broker: '東京-ブローカー-1', clients: undefined, note: 'pump \u001b[31m\u202e17 is not where it was' },
]
const table = (width: number | undefined, hasColours = false) =>
  renderTable(rows, columns, { columns: width, hasColours }).split('\n')

test('where it is piped, every cell is whole, in columns that stand below each other, and nothing acts', () => {
  expect(table(undefined)).toEqual([
    'broker             clients  note',
    'b1                       5  fine',
    '東京-ブローカー-1        –  pump \\u{1b}[31m\\u{202e}17 is not where it was',
    '',
  ])
})

test('on a terminal it keeps within the width: cells are cut, then columns left out, which is said', () => {
  expect(table(50)).toEqual([
    'broker             clients  note',
    'b1                       5  fine',
    '東京-ブローカー-1        –  pump \\u{1b}[31m\\u{202…',
    '',
  ])
  expect(table(24)).toEqual([
    'broker           clients',
    'b1                     5',
    '東京-ブローカ…         –',
    'Too narrow for: note.',
    '',
  ])
  expect(table(12).slice(0, 3)).toEqual(['brok…  clie…', 'b1         5', '東京…      –'])
})

test('colours stand around the cells of a terminal that has them, and nowhere else', () => {
  expect(table(100, true)[1]).toBe('b1                 \u001b[31m      5\u001b[39m  fine')
  expect(table(100).join('')).not.toContain('\u001b')
  expect(renderTable([], columns, { columns: 80, hasColours: true })).toBe('')
})
