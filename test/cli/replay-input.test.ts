import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { createFolder, incident, jsonl, run } from './replay-stage.ts'

const folder = createFolder()
afterAll(folder.remove)

describe('where it reads from', () => {
  const text = jsonl(incident())
  test('compressed files, a .zst of several frames too', async () => {
    const half = Math.floor(text.length / 2)
    const gz = gzipSync(text)
    const zst = Buffer.concat([text.slice(0, half), text.slice(half)].map((part) => zstdCompressSync(part)))
    const plain = await run(folder.write('plain.jsonl', text), '--json')
    expect(plain.transitions.length).toBeGreaterThan(1)
    expect(await run(folder.write('some.jsonl.gz', gz), '--json')).toMatchObject({ code: 0, out: plain.out })
    expect(await run(folder.write('some.jsonl.zst', zst), '--json')).toMatchObject({ code: 0, out: plain.out })
  })

  test('a file that breaks off: what was read is told, and that it broke off', async () => {
    const cut = gzipSync(text).subarray(0, -20)
    const { code, err, out } = await run(folder.write('cut.jsonl.gz', cut), '--progress')
    expect(code).toBe(1)
    expect(err).toContain('The input broke off: ')
    expect(out).toContain('broker-minutes of 1 cluster')
  })

  test('standard input, as a process of its own', async () => {
    const entry = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
    const piped = spawnSync(process.execPath, [entry, 'replay', '-', '--json'], {
      input: text,
      encoding: 'utf8',
      timeout: 60_000,
    })
    const { out } = await run(folder.write('piped.jsonl', text), '--json')
    expect(piped).toMatchObject({ status: 0, stderr: '', stdout: out })
  })

  test('an empty file holds no minute', async () => {
    expect(await run(folder.write('empty.jsonl', ''))).toMatchObject({
      code: 0,
      out: expect.stringContaining('No minute'),
    })
  })
})

describe('the command line', () => {
  test.each<[string, readonly string[], string]>([
    ['no file', [], 'a FILE is needed'],
    ['two files', ['a.jsonl', 'b.jsonl'], '"b.jsonl" is one too many'],
    ['no such file', ['/nowhere/a.jsonl'], 'no such file'],
    ['an unknown option', ['a.jsonl', '--fast'], '--fast'],
    [
      'one configuration to compare',
      ['a.jsonl', '--compare', 'a.json'],
      '--compare needs 2 values: --compare A.json B.json',
    ],
    ['a configuration that is not there', ['a.jsonl', '--config', '/nowhere.json'], 'cannot be read'],
    ['a cluster without a store', ['a.jsonl', '--cluster', 'plant'], '--cluster belongs to --from-store'],
    ['a file and the store', ['a.jsonl', '--from-store'], 'reads no file'],
    ['a time that is none', ['--from-store', '--from', '2026-02-30'], 'not "2026-02-30"'],
    ['a span that is none', ['--from-store', '--from', '2026-02-03', '--to', '2026-02-02'], 'before --to'],
    ['nobody who answers', ['--from-store', '--url', 'http://127.0.0.1:9'], 'does not answer'],
  ])('%s is said, with exit code 2', async (_, args, words) => {
    const { code, out, err } = await run(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(words)
  })

  test('a wrong configuration is told with every fault', async () => {
    const config = folder.write('wrong.json', { clusters: [{ name: 'a b' }], detection: { imbalanse: {} } })
    const { code, err } = await run(folder.write('any.jsonl', ''), '--config', config)
    expect(code).toBe(2)
    expect(err).toContain('clusters[0].name: found "a b"')
    expect(err).toContain('detection.imbalanse')
  })

  test('--help tells the options and the exit codes', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    expect(out).toContain('--compare')
    expect(out).toMatch(/^Exit codes\n {2}0 +all was read$/m)
  })
})
