/** Untrusted text is shown without acting on whoever reads it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { harmless } from '../../domain/text.ts'

describe('harmless', () => {
  it.each([
    ['pump-17 “Halle 3” 🜁 ポンプ', 'pump-17 “Halle 3” 🜁 ポンプ'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['a\r\nSubject: paid', 'a\\u{d}\\u{a}Subject: paid'],
    ['a\0b\tc', 'a\\u{0}b\\u{9}c'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['a\u2028b\u2029c\u200bd\ufeffe', 'a\\u{2028}b\\u{2029}c\\u{200b}d\\u{feff}e'],
    ['\ud800 and \udfff', '\\u{d800} and \\u{dfff}'],
  ])('shows %j as %j', (text, shown) => {
    expect(harmless(text)).toBe(shown)
  })

  it('cuts what is longer, visibly', () => {
    expect(harmless('x'.repeat(300))).toBe(`${'x'.repeat(199)}…`)
    expect(harmless('x'.repeat(10), 10)).toBe('x'.repeat(10))
    expect(harmless('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`)
  })

  it('leaves no character that acts, and is never longer than asked, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 2, max: 300 }), (text, most) => {
        const shown = harmless(text, most)
        expect(shown.length).toBeLessThanOrEqual(most)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
    )
  })

  it('shows a million characters as quickly cut as ten', () => {
    expect(harmless('\u202e'.repeat(1_000_000), 20)).toHaveLength(20)
  })
})
