/** What bundles promise: the same bytes each time, and to run with nothing beside them. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { environments } from '../../lambdas/env.ts'
import { type BundleRequest, bundle } from '../../lib/bundle.ts'
import { bundleOf, watcherBundle } from '../../lib/bundles.ts'
import { compileFrom } from '../../lib/compile.ts'
import { readConfiguration } from '../../lib/configuration.ts'
import { configuration, root } from './synthesized.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepwatch-bundle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const compact = JSON.stringify(configuration)
const spaced = `${JSON.stringify(configuration, null, 4)}\n`
const ingest = bundleOf('ingest')

function bundled(text: string, request: BundleRequest): string {
  const path = join(folder, 'keepwatch.json')
  writeFileSync(path, text)
  const outcome = readConfiguration(root, path)
  if (!outcome.ok) throw new Error(outcome.message)
  return bundle({ root, configuration: outcome.configuration, compile: compileFrom(root) }, request)
}
const filesIn = (path: string) =>
  readdirSync(path).map((name) => ({
    name,
    mode: statSync(join(path, name)).mode & 0o777,
    text: readFileSync(join(path, name), 'utf8'),
  }))
/** Copies a bundle to where no dependency of ours can be found. */
function apart(path: string, name: string): string {
  cpSync(path, join(folder, name), { recursive: true })
  return join(folder, name)
}

test('made twice are the same to the byte, with the configuration as given and readable by all', () => {
  const first = filesIn(bundled(spaced, watcherBundle))
  expect(filesIn(bundled(spaced, watcherBundle))).toEqual(first)
  expect(first.map(({ name, mode }) => [name, mode])).toEqual([
    ['Dockerfile', 0o644],
    ['keepwatch.json', 0o644],
    ['main.mjs', 0o644],
  ])
  expect(first[1]?.text).toBe(spaced)
})
test('what an earlier bundle left in the folder is not taken along', () => {
  const path = bundled(spaced, ingest)
  writeFileSync(join(path, 'left.txt'), '')
  expect(readdirSync(bundled(spaced, ingest))).toEqual(['index.mjs', 'keepwatch.json'])
})
test('of two configurations do not share a folder', () => {
  expect(bundled(spaced, ingest)).not.toBe(bundled(compact, ingest))
})
test('hold nothing of this machine’s paths', () => {
  const texts = [ingest, watcherBundle].flatMap((request) => filesIn(bundled(compact, request)).map(({ text }) => text))
  expect(texts.filter((text) => text.includes(root))).toEqual([])
})
test.each(['ingest', 'analyze', 'query', 'operate'] as const)(
  'the function %s starts with nothing but its bundle',
  (step) => {
    const built = bundled(compact, bundleOf(step))
    const names = Object.keys(environments[step].shape)
    const env = { ...Object.fromEntries(names.map((name) => [name, 'x'])), SETTINGS_FILE: 'keepwatch.json' }
    const script = "import('./index.mjs').then(({ handler }) => process.stdout.write(typeof handler))"
    const run = spawnSync(process.execPath, ['-e', script], { cwd: apart(built, step), env, encoding: 'utf8' })
    expect([run.stdout, run.stderr]).toEqual(['function', ''])
  },
)
test('the watcher starts with nothing but its bundle, and says what its environment lacks', () => {
  const cwd = apart(bundled(compact, watcherBundle), 'watcher')
  const run = spawnSync(process.execPath, ['main.mjs'], { cwd, env: { SLOT: 'a' }, encoding: 'utf8' })
  expect(run.stdout).toContain('QUEUE_URL')
  expect(run.status).toBe(2)
})
