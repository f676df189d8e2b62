/** What an application loads, and when; the guide says both as they are. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { clientCauseNames } from '../../domain/client-cause.ts'
import { causes } from '../../observe/causes.ts'

const root = join(import.meta.dirname, '../..')
const guide = readFileSync(join(root, 'docs/observe.md'), 'utf8')

/** As a bundler makes it that keeps apart what is imported later, or one that does not. */
async function bundle(splitting: boolean) {
  const { metafile, outputFiles } = await build({
    stdin: { contents: "export { observe } from 'keepwatch/observe'", resolveDir: root },
    outdir: root,
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['keepwatch-source'],
    splitting,
  })
  const text = new Map(outputFiles.map((file) => [file.path.slice(root.length + 1), file.text]))
  /** The files that are loaded together with this one. */
  const closure = (path: string): string[] => [
    path,
    ...metafile.outputs[path]!.imports.filter(({ kind }) => kind === 'import-statement').flatMap((each) =>
      closure(each.path),
    ),
  ]
  /** Of the files whose names begin so, and of what they load at once. */
  const sizeOf = (...names: string[]) => {
    const paths = [...text.keys()].filter((path) => names.some((name) => path.startsWith(name)))
    const texts = [...new Set(paths.flatMap(closure))].map((path) => text.get(path)!)
    const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0)
    return {
      bytes: sum(texts.map((each) => Buffer.byteLength(each))),
      gzip: sum(texts.map((each) => gzipSync(each).length)),
    }
  }
  return { text, sizeOf }
}

it('is loaded in less than 4096 bytes; publishing and the hooks of WebSockets come when they are wanted', async () => {
  const { sizeOf } = await bundle(true)
  const inOneFile = await bundle(false)
  const sizes = {
    observe: sizeOf('stdin'),
    overWebSockets: sizeOf('stdin', 'options'),
    publishing: sizeOf('stdin', 'claims'),
    both: sizeOf('stdin', 'options', 'claims'),
    inOneFile: inOneFile.sizeOf('stdin'),
  }
  console.log('What is loaded of observe, minified:', sizes)
  expect(sizes.observe.bytes).toBeLessThan(4096)
  const told = guide.split('\n## ').find((part) => part.startsWith('Size'))
  expect(told?.match(/(?<=\| )\d,\d{3}(?= \|)/g)).toEqual(
    Object.values(sizes).map(({ bytes }) => bytes.toLocaleString('en')),
  )
})
it('brings no package and sets no timer', async () => {
  const { text } = await bundle(false)
  expect([...text.values()].join('')).not.toMatch(/setTimeout|setInterval|from"|require\(/)
})
it('its words are those of the causes, in their order, and so are the guide’s', () => {
  expect(causes.map(([name]) => name)).toEqual(clientCauseNames)
  const table = guide.split('\n## ').find((part) => part.startsWith('Causes'))
  expect(table?.match(/^\| `\w+` \|/gm)).toEqual(clientCauseNames.map((name) => `| \`${name}\` |`))
})
