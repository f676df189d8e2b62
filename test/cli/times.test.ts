import { expect, test, vi, beforeEach, afterEach } from 'vitest'
import { agoText, clockText, lengthText, readLength, readTime, spanOf, whenText } from '../../cli/times.ts'

beforeEach(() => vi.stubEnv('TZ', 'Europe/Berlin'))
afterEach(() => vi.unstubAllEnvs())

const now = Date.parse('2026-11-22T10:00:00Z')
const read = (text: string) => {
  const ms = readTime(text, now)
  return ms === undefined ? undefined : new Date(ms).toISOString().replace('.000', '')
}

test.each([
  ['now', '2026-11-22T10:00:00Z'],
  ['10:30', '2026-11-22T09:30:00Z'],
  ['9:05:07', '2026-11-22T08:05:07Z'],
  ['11:30', '2026-11-21T10:30:00Z'],
  ['2026-11-22', '2026-11-21T23:00:00Z'],
  ['2026-07-01T12:00', '2026-07-01T10:00:00Z'],
  ['2026-11-22 10:30:15', '2026-11-22T09:30:15Z'],
  ['2026-11-22T10:30:15Z', '2026-11-22T10:30:15Z'],
  ['2026-11-22t10:30+05:30', '2026-11-22T05:00:00Z'],
  ['2h', '2026-11-22T08:00:00Z'],
  ['1h30m', '2026-11-22T08:30:00Z'],
  ['7d', '2026-11-15T10:00:00Z'],
  ['', undefined],
  ['yesterday', undefined],
  ['24:30', undefined],
  ['2026-02-30', undefined],
  ['2026-02-30T10:00Z', undefined],
  ['1999-01-01', undefined],
  ['2026-11-2210:30', undefined],
  ['2h ago', undefined],
])('%j in Berlin is %j', (text, expected) => {
  expect(read(text)).toBe(expected)
})

test('a span is what was given of it, in instants; what contradicts itself is said', () => {
  const none = { last: undefined, from: undefined, to: undefined }
  expect(spanOf(none, now)).toEqual({})
  expect(spanOf({ ...none, last: '2h' }, now)).toEqual({ from: '2026-11-22T08:00:00.000Z' })
  expect(spanOf({ ...none, last: '2h', to: '10:00' }, now)).toEqual({
    from: '2026-11-22T07:00:00.000Z',
    to: '2026-11-22T09:00:00.000Z',
  })
  expect(() => spanOf({ ...none, last: '2h', from: '1h' }, now)).toThrow('exclude each other')
  expect(() => spanOf({ ...none, last: 'week' }, now)).toThrow('--last needs a length of time')
  expect(() => spanOf({ ...none, from: '1h', to: '2h' }, now)).toThrow('ends before it begins')
})

test('lengths and times for people, in local time', () => {
  expect([45, 200, 7500, 90_061].map((seconds) => lengthText(seconds * 1000))).toEqual([
    '45 s',
    '3 min',
    '2 h 5 min',
    '1 d 1 h',
  ])
  expect(readLength('15')).toBeUndefined()
  expect(agoText(now - 200_000, now)).toBe('3 min ago')
  expect(agoText(now + 7_500_000, now)).toBe('in 2 h')
  expect(whenText('2026-11-22T09:02:11.000Z', now)).toBe('57 min ago · 10:02:11')
  expect(clockText(Date.parse('2026-11-21T09:02:11Z'), now)).toBe('2026-11-21 10:02')
})
