/** A broker product is complete when it is in the list, has a recording and is documented. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dialects } from '../../../domain/dialects/index.ts'
import { dialectNames } from '../../../domain/settings.ts'
import { jsonLines, recordings } from './recorded.ts'

const folder = new URL('../../../domain/dialects/', import.meta.url)
const documentation = readFileSync(new URL('../../../docs/brokers.md', import.meta.url), 'utf8')

describe.each(dialectNames)('the dialect %s', (name) => {
  it('is in the list under its own name', () => {
    expect(dialects[name].name).toBe(name)
  })

  it('has a file of its own', () => {
    expect(existsSync(new URL(`${name}.ts`, folder))).toBe(true)
  })

  it('is told by a webhook, or has a recording that is described', () => {
    const { transport, readHook } = dialects[name]
    const pushed = transport === 'push' && readHook !== undefined
    const lines = pushed ? [] : jsonLines(`${name}.jsonl`)
    const described = readFileSync(new URL('README.md', recordings), 'utf8').includes(`\`${name}.jsonl\``)
    expect({ enough: lines.length > 50, described }).toEqual({ enough: !pushed, described: !pushed })
  })

  it('is documented: what to enable, what is recorded, what it cannot tell', () => {
    const section = documentation.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? ''
    expect(section).toContain('nable')
    expect(section).toContain('**Recorded**')
    expect(section).toContain('**It cannot tell**')
  })
})

it('every file that exports a dialect is in the list', () => {
  const declaring = readdirSync(folder)
    .filter((file) => /^export const \w+: Dialect\b/m.test(readFileSync(new URL(file, folder), 'utf8')))
    .map((file) => file.replace(/\.ts$/, ''))
  expect(declaring.toSorted()).toEqual([...dialectNames].toSorted())
  expect(Object.keys(dialects).toSorted()).toEqual([...dialectNames].toSorted())
})

it('the documentation names no broker that is not there', () => {
  const headings = [...documentation.matchAll(/^## (.+)$/gm)].map((match) => String(match[1]))
  expect(headings.toSorted()).toEqual([...dialectNames].toSorted())
})
