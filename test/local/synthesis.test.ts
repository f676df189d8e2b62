import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkoutIn } from '../../local/project.ts'
import { synthesize } from '../../local/synthesis.ts'

/** Writes an assembly as the CDK does, and a line for each time it ran. */
const application = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { word } from '../lib/word.ts'
appendFileSync('runs', 'ran\\n')
const out = process.env.CDK_OUTDIR ?? ''
const { name } = JSON.parse(readFileSync(process.env.KEEPWATCH_CONFIG ?? '', 'utf8'))
if (name === 'broken') throw new Error('no stack for ' + name)
mkdirSync(join(out, 'asset.aa'), { recursive: true })
const flags = JSON.parse(process.env.CDK_CONTEXT_JSON ?? '{}')
writeFileSync(join(out, 'S.template.json'), JSON.stringify({ Resources: {}, Description: [word, name, flags.flag].join(' ') }))
writeFileSync(join(out, 'S.assets.json'), JSON.stringify({ files: { aa: { source: { path: 'asset.aa' } } }, dockerImages: { bb: { source: { directory: 'asset.aa' } } } }))
writeFileSync(join(out, 'manifest.json'), JSON.stringify({ artifacts: {
  S: { type: 'aws:cloudformation:stack', properties: { templateFile: 'S.template.json' } },
  'S.assets': { type: 'cdk:asset-manifest', properties: { file: 'S.assets.json' } },
} }))
`
let project: string
const write = (path: string, content: string) => writeFileSync(join(project, path), content)
const runs = () => readFileSync(join(project, 'runs'), 'utf8').split('\n').length - 1
const synthesized = async (config = 'keepwatch.json') =>
  synthesize({ project: checkoutIn(project), settingsFile: join(project, config) })

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'keepwatch-project-'))
  for (const folder of ['bin', 'lib']) mkdirSync(join(project, folder))
  write('bin/keepwatch.ts', application)
  write('lib/word.ts', `export const word: string = 'first'`)
  write('package.json', '{"type":"module"}')
  write('cdk.json', '{"context":{"flag":"on"}}')
  write('keepwatch.json', '{"name":"one"}')
})
afterEach(() => rmSync(project, { recursive: true, force: true }))

it('synthesizes with the configuration and the context of cdk.json, and finds stacks and assets', async () => {
  const { assembly, cached } = await synthesized()
  expect(cached).toBe(false)
  expect(assembly.stacks.map(({ name, template }) => [name, template['Description']])).toEqual([['S', 'first one on']])
  expect([...assembly.assets.keys()]).toEqual(['aa', 'bb'])
})

it('keeps the assembly while nothing it was made from changed', async () => {
  await synthesized()
  expect((await synthesized()).cached).toBe(true)
  expect(runs()).toBe(1)
})

it.each<[what: string, change: () => void]>([
  ['a source', () => write('lib/word.ts', `export const word: string = 'second'`)],
  ['a new file', () => write('lib/more.ts', 'export {}')],
  ['cdk.json', () => write('cdk.json', '{"context":{"flag":"off"}}')],
  ['the lock file', () => write('package-lock.json', '{}')],
  ['the configuration', () => write('keepwatch.json', '{"name":"two"}')],
])('makes it again after a change of %s', async (_what, change) => {
  const before = await synthesized()
  change()
  const after = await synthesized()
  expect([before.cached, after.cached, runs()]).toEqual([false, false, 2])
})

it('makes it again when an asset is gone', async () => {
  const { assembly } = await synthesized()
  rmSync(assembly.assets.get('aa') ?? '', { recursive: true })
  expect((await synthesized()).cached).toBe(false)
})

it('two configurations have an assembly each', async () => {
  write('other.json', '{"name":"other"}')
  await synthesized()
  await synthesized('other.json')
  expect((await synthesized()).cached).toBe(true)
  expect((await synthesized('other.json')).cached).toBe(true)
})

it('what no start has used for a week goes: assemblies, and what they were made from', async () => {
  const age = (path: string) => utimesSync(join(project, '.keepwatch', path), new Date(0), new Date(0))
  for (const name of ['old', 'new'])
    mkdirSync(join(project, '.keepwatch', 'build', name, 'ingest'), { recursive: true })
  await synthesized()
  const { assembly } = await synthesized()
  const [asset = ''] = assembly.assets.values()
  const key = `${dirname(asset)}.inputs`
  utimesSync(key, new Date(0), new Date(0))
  age('build/old')
  write('other.json', '{"name":"other"}')
  await synthesized('other.json')
  const left = (path: string) => existsSync(join(project, '.keepwatch', path))
  expect([existsSync(key), existsSync(asset), left('build/old'), left('build/new')]).toEqual([
    false,
    false,
    false,
    true,
  ])
})

it('a failed synthesis tells what the application said, and is not taken for a whole one', async () => {
  write('keepwatch.json', '{"name":"broken"}')
  await expect(synthesized()).rejects.toThrow(/could not be synthesized \(exit 1\):[^]*no stack for broken/)
  await expect(synthesized()).rejects.toThrow('no stack for broken')
  expect(runs()).toBe(2)
})
