import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { failed, ok, skippedAfter } from '../../cli/doctor/check.ts'
import { renderChecks, renderTitle } from '../../cli/render.ts'

const plain = { hasColours: false }

test('a finding, what to do, and what to copy stand below each other within 100 columns', () => {
  const advice = [{ text: 'In mosquitto.conf; then start it again.', lines: ['log_dest topic'] }]
  const checks = [
    ok('dns', 'broker.example is 10.0.0.5'),
    failed(
      'events',
      `none of the 4 events of a probe came within 10 s: ${'connected and '.repeat(5)}disconnected missing`,
      { advice },
    ),
    ...skippedAfter('events', 'no events come'),
  ]
  expect(renderChecks(checks, plain)).toMatchInlineSnapshot(`
    "ok       dns            broker.example is 10.0.0.5
    failed   events         none of the 4 events of a probe came within 10 s: connected and connected
                            and connected and connected and connected and disconnected missing
             → In mosquitto.conf; then start it again.
                   log_dest topic
    skipped  clock          (and session, version) no events come
    "
  `)
})

test('words longer than a line are broken, lines to copy are not', () => {
  const line = 'x'.repeat(150)
  const text = renderChecks([failed('login', line, { advice: [{ text: line, lines: [line] }] })], plain)
  const long = text.split('\n').filter((each) => each.length > 100)
  expect(long).toEqual([`${' '.repeat(15)}${line}`])
})

test('what a broker, a certificate or a configuration says cannot act on the terminal', () => {
  const hostile = 'a\u001B[2Jb\u202Ec\nd\u0007'
  const check = failed('version', hostile, { advice: [{ text: hostile, lines: [hostile] }] })
  const text = `${renderTitle(hostile, plain)}${renderChecks([check], plain)}`
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u)
  expect(text.split('\n')).toHaveLength(6)
})

test('colours are there where they are wanted, and change no other character', () => {
  const checks = [ok('tcp', 'answered'), failed('tls', 'not trusted')]
  const coloured = renderChecks(checks, { hasColours: true })
  expect(coloured).toContain('\u001B[32mok')
  expect(coloured).toContain('\u001B[31mfailed')
  expect(stripVTControlCharacters(coloured)).toBe(renderChecks(checks, plain))
})
