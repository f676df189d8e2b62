/** What making the application promises: which configuration it takes, what it refuses, what it checks. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stack } from 'aws-cdk-lib'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { afterAll, describe, expect, test } from 'vitest'
import cdkJson from '../../cdk.json' with { type: 'json' }
import { checkedApp } from '../../lib/checked-app.ts'
import { readConfiguration } from '../../lib/configuration.ts'
import { configuration, root } from './synthesized.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepwatch-app-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
function pathUsed(named?: string): string {
  const outcome = readConfiguration(folder, named)
  return outcome.ok ? outcome.configuration.path : outcome.message
}

describe('configuration', () => {
  test('one that is named wins over the user’s own, and that over the example', () => {
    const example = write('keepwatch.example.json', configuration)
    expect(pathUsed()).toBe(example)
    const own = write('keepwatch.json', configuration)
    expect(pathUsed()).toBe(own)
    expect(pathUsed('keepwatch.example.json')).toBe(example)
  })
  test('the committed example can be used, and names the schema beside it', () => {
    const path = join(root, 'keepwatch.example.json')
    expect(readConfiguration(root, path)).toMatchObject({ ok: true })
    expect(existsSync(join(root, JSON.parse(readFileSync(path, 'utf8')).$schema))).toBe(true)
  })
  test('the application ends with 2 on a wrong one, names every fault, and makes nothing', () => {
    const feeds = [{ url: 'mqtt://h', password: 'x' }]
    const path = write('wrong.json', { clusters: [{ name: 'a b', dialect: 'emqx', feeds }] })
    const outdir = join(folder, 'out')
    const env = { ...process.env, KEEPWATCH_CONFIG: path, CDK_OUTDIR: outdir }
    const run = spawnSync(process.execPath, ['bin/keepwatch.ts'], { cwd: root, env, encoding: 'utf8' })
    expect(run.stderr).toContain(path)
    expect(run.stderr).toContain('clusters[0].name: found "a b"')
    expect(run.stderr).toContain('clusters[0].feeds[0].password: found (a secret, not shown)')
    expect(run.status).toBe(2)
    expect(existsSync(join(outdir, 'manifest.json'))).toBe(false)
  })
  test('one that is not there, or not JSON, is refused with its path', () => {
    expect(pathUsed('missing.json')).toContain(`${join(folder, 'missing.json')} cannot be read`)
    expect(pathUsed(write('broken.json', '{ "clusters": ['))).toContain(`${join(folder, 'broken.json')} is not JSON`)
  })
})

describe('synthesis', () => {
  test('has every feature flag as the CDK recommends it, and asks the network for nothing', () => {
    const flags = join(root, 'node_modules', 'aws-cdk-lib', 'recommended-feature-flags.json')
    expect(cdkJson.context).toEqual(JSON.parse(readFileSync(flags, 'utf8')))
    expect(cdkJson).toMatchObject({ 'cli-telemetry': false, notices: false, versionReporting: false })
  })
  test('fails on a finding of cdk-nag that nobody acknowledged', () => {
    const app = checkedApp(join(folder, 'cdk.out'))
    const queue = new Queue(new Stack(app, 'Bare'), 'Queue')
    expect(() => app.synth()).toThrow('AwsSolutions-SQS3')
    expect(queue.encryptionMasterKey).toBeUndefined()
  })
})
