import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkInputs } from '../../local/inputs.ts'
import { readOptions } from '../../local/options.ts'
import { shownLine } from '../../local/output.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepwatch-main-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: unknown, mode = 0o644): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  chmodSync(path, mode)
  return path
}
const feed = { broker: 'b', url: 'mqtt://127.0.0.1:1', username: 'u', secret: 'plant' }
const good = file('good.json', { clusters: [{ name: 'c', dialect: 'mosquitto', feeds: [feed] }] })

function main(...args: string[]) {
  const entry = join(import.meta.dirname, '..', '..', 'local', 'main.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], { cwd: folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('the command line', () => {
  it('an unknown option gives the usage and exit code 2', () => {
    const { status, stderr } = main('--bogus')
    expect(status).toBe(2)
    expect(stderr).toMatch(/Unknown option '--bogus'[^]*--config FILE/)
  })

  it('help goes to standard output', () => {
    expect(main('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('--webhook URL') })
  })

  it('a malformed configuration gives every fault at once, exit code 2, and starts nothing', () => {
    const bad = file('bad.json', { clusters: [{ name: 'a b', dialect: 'emq', feeds: 7, password: 'hunter2' }] })
    const { status, stdout, stderr } = main('--config', bad)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    for (const path of ['clusters[0].name', 'clusters[0].dialect', 'clusters[0].feeds', 'clusters[0].password']) {
      expect(stderr).toContain(path)
    }
    expect(stderr).not.toContain('hunter2')
  })

  it.each([
    ['a port that is none', ['--port', '99999']],
    ['a port that is no number', ['--port', 'http']],
    ['a webhook that is no URL', ['--webhook', 'example.org']],
    ['a word that is no option', ['start']],
  ])('%s is a fault', (_what, args) => {
    expect(readOptions(args).kind).toBe('fault')
  })

  it('has the documented defaults', () => {
    expect(readOptions([])).toMatchObject({ kind: 'start', options: { settingsFile: undefined, port: 4680 } })
  })
})

describe('what is checked before anything starts', () => {
  it('a configuration that is not there or no JSON', () => {
    expect(checkInputs({ settingsFile: join(folder, 'none.json'), secretsFile: undefined }).ok).toBe(false)
    expect(checkInputs({ settingsFile: file('no.json', '{'), secretsFile: undefined }).ok).toBe(false)
  })

  it('a secrets file that others may read is refused with the command to type', () => {
    const secretsFile = file('open.json', { plant: 'x' }, 0o640)
    expect(checkInputs({ settingsFile: good, secretsFile })).toEqual({
      ok: false,
      lines: [`${secretsFile} can be read by others (mode 0640). Type: chmod 600 '${secretsFile}'`],
    })
  })

  it('a secrets file that was named must be there', () => {
    expect(checkInputs({ settingsFile: good, secretsFile: join(folder, 'none') }).ok).toBe(false)
  })

  it('a secret the file lacks is a warning that names it', () => {
    const secretsFile = file('other.json', { other: 'x' }, 0o600)
    const outcome = checkInputs({ settingsFile: good, secretsFile })
    expect(outcome).toMatchObject({ ok: true, warnings: [expect.stringContaining('"plant"')] })
  })

  it('a secrets file that holds what is named gives no warning', () => {
    const secretsFile = file('right.json', { plant: { password: 'p' } }, 0o600)
    expect(checkInputs({ settingsFile: good, secretsFile })).toEqual({ ok: true, secretsFile, warnings: [] })
  })
})

describe('a line that a function or a watcher writes', () => {
  it.each<[claim: string, line: string, from: 'info' | 'error', shown: string | undefined]>([
    ['structured chatter is kept quiet', '{"level":"INFO","message":"m"}', 'error', undefined],
    ['a structured error is shown', '{"level":"ERROR","message":"m","reason":"r"}', 'error', 'm (reason=r)'],
    ['from a lower level on when asked', '{"level":"info","message":"m"}', 'info', 'm'],
    ['a plain line on standard output is chatter', 'hello', 'error', undefined],
    ['nothing in it can act', '{"level":"error","message":"a\\u001b[2Jb"}', 'error', String.raw`a\u{1b}[2Jb`],
  ])('%s', (_claim, line, from, shown) => {
    expect(shownLine(line, { verbose: false, from, fallback: 'debug' })).toBe(shown)
  })

  it('every line is shown when all are asked for', () => {
    expect(shownLine('hello', { verbose: true, fallback: 'debug' })).toBe('hello')
  })
})
