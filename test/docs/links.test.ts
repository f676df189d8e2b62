import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
]

/** Without blocks of code, in which brackets are no links and # is no heading. */
const proseOf = (document: string): string => read(document).replaceAll(/^(```+)[^\n]*\n[\s\S]*?^\1/gm, '')

/** As GitHub makes them: lower case, spaces to hyphens, no punctuation; the second of a kind gets `-1`. */
function anchorsOf(document: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const [, heading = ''] of proseOf(document).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[*`]/g, '')
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    anchors.add(count === 0 ? slug : `${slug}-${count}`)
  }
  return anchors
}

function brokenIn(document: string): string[] {
  return [...proseOf(document).matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? document : posix.normalize(posix.join(posix.dirname(document), path))
    if (!existsSync(join(root, file))) return [`${document}: ${target}: no such file`]
    if (anchor === undefined || !file.endsWith('.md')) return []
    return anchorsOf(file).has(anchor) ? [] : [`${document}: ${target}: no such heading`]
  })
}

describe('documents', () => {
  it('every link to a file or a heading leads there', () => {
    expect(documents.length).toBeGreaterThan(10)
    expect(documents.flatMap(brokenIn)).toEqual([])
  })
})
