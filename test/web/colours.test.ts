import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { causeNames } from '../../domain/cause.ts'
import { causeTone, shownCauses } from '../../web/view/causes.ts'

const folder = join(import.meta.dirname, '../../web')
const tokens = readFileSync(join(folder, 'style/tokens.css'), 'utf8')
const colours = new Map(
  [...tokens.matchAll(/(--[\w-]+):\s*light-dark\((#\w{6})\w*, (#\w{6})\w*\)/g)].map(([, name = '', light, dark]) => [
    name,
    { light, dark },
  ]),
)

type Rgb = readonly [number, number, number]
const themes = ['light', 'dark'] as const

/** Linear light. */
function linear(name: string, theme: 'light' | 'dark'): Rgb {
  const hex = colours.get(name)?.[theme]
  if (hex === undefined) throw new Error(`${name} is no colour of both themes`)
  const part = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [part(1), part(3), part(5)]
}

/** WCAG 2. */
function contrast(a: Rgb, b: Rgb): number {
  const of = ([r, g, blue]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * blue + 0.05
  return Math.max(of(a), of(b)) / Math.min(of(a), of(b))
}

/** Machado, Oliveira and Fernandes 2009, full severity. */
const visions: Readonly<Record<string, readonly Rgb[]>> = {
  'all colours': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
}

/** Ottosson's Oklab, of what such eyes see. */
function seen([r, g, b]: Rgb, vision: readonly Rgb[]): Rgb {
  const [x = 0, y = 0, z = 0] = vision.map(([p, q, s]) => Math.min(1, Math.max(0, p * r + q * g + s * b)))
  const l = Math.cbrt(0.4122214708 * x + 0.5363325363 * y + 0.0514459929 * z)
  const m = Math.cbrt(0.2119034982 * x + 0.6806995451 * y + 0.1073969566 * z)
  const n = Math.cbrt(0.0883024619 * x + 0.2817188376 * y + 0.6299787005 * z)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * n,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * n,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * n,
  ]
}

describe.each(themes)('colours in the %s theme', (theme) => {
  it('text has a contrast of 4.5 on everything it stands on, edges of fields have 3', () => {
    const grounds = ['--paper', '--panel', '--raised', '--warning-paper', '--critical-paper']
    const texts = [
      ...grounds.flatMap((ground) => ['--ink', '--ink-quiet', '--accent'].map((ink) => [ink, ground] as const)),
      ...['good', 'warning', 'critical'].map((tone) => [`--${tone}`, `--${tone}-paper`] as const),
      ...['--good', '--warning', '--critical'].map((ink) => [ink, '--panel'] as const),
      ['--on-accent', '--accent'] as const,
    ]
    const weak = texts.filter(([a, b]) => contrast(linear(a, theme), linear(b, theme)) < 4.5)
    expect(weak).toEqual([])
    expect(contrast(linear('--edge', theme), linear('--panel', theme))).toBeGreaterThan(3)
  })
  it('every cause is seen on a panel, and told from every other by colour-blind eyes too', () => {
    for (const cause of shownCauses) {
      expect(contrast(linear(causeTone(cause), theme), linear('--panel', theme)), cause).toBeGreaterThanOrEqual(3)
    }
    const near = Object.entries(visions).flatMap(([name, vision]) =>
      shownCauses.flatMap((a, index) =>
        shownCauses.slice(index + 1).flatMap((b) => {
          const [first, second] = [a, b].map((cause) => seen(linear(causeTone(cause), theme), vision))
          const apart = Math.hypot(...(first ?? []).map((part, at) => part - (second?.[at] ?? 0)))
          return apart < 0.06 ? [`${name}: ${a}, ${b}`] : []
        }),
      ),
    )
    expect(near).toEqual([])
  })
})

it('every cause belongs to one family', () => {
  expect([...shownCauses].toSorted()).toEqual([...causeNames].toSorted())
})

it('every custom property that is used is there', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(css|tsx?)$/.test(name))
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
  const used = new Set([...texts.matchAll(/var\((--[\w-]+)\)|'(--[a-z][\w-]+)'/g)].map(([, a, b]) => a ?? b ?? ''))
  const known = new Set([...texts.matchAll(/(--[\w-]+)'?:/g)].map(([, name]) => name))
  expect([...used].filter((name) => !known.has(name))).toEqual([])
})
