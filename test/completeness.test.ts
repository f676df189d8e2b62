import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AlertKindSchema } from '../domain/alert.ts'
import { causeNames } from '../domain/cause.ts'
import { detectors } from '../domain/detectors/index.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('nothing is forgotten', () => {
  it('every alert kind has one detector, in a file of its name, and is documented', () => {
    expect(detectors.map((detector) => detector.kind).toSorted()).toEqual([...AlertKindSchema.options].toSorted())
    const files = readdirSync(join(root, 'domain/detectors')).filter((file) => file !== 'index.ts')
    expect(files.toSorted()).toEqual(detectors.map(({ kind }) => `${kind.replaceAll('_', '-')}.ts`).toSorted())
    for (const { kind } of detectors) expect(read('docs/alerts.md')).toContain(`## ${kind}`)
  })

  it('every cause is documented', () => {
    for (const cause of causeNames) expect(read('docs/causes.md')).toContain(`| \`${cause}\` |`)
  })

  it('every source file begins with a sentence that could be its caption', () => {
    const folders = ['domain', 'codec', 'store', 'watcher', 'lambdas', 'lib', 'bin', 'local', 'cli', 'bench']
    const files = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
        .map((name) => `${folder}/${name}`),
    )
    expect(files.filter((file) => !read(file).startsWith('/** '))).toEqual([])
    expect(files.filter((file) => read(file).split('\n').length > 300)).toEqual([])
  })

  it('every document the README or another document links to is there', () => {
    const documents = [
      'README.md',
      'CONTRIBUTING.md',
      ...readdirSync(join(root, 'docs'))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ]
    const missing = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map((match) => join(document, '..', match[1] ?? ''))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${document} → ${target}`),
    )
    expect(missing).toEqual([])
  })
})
