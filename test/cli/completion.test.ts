import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { complete } from '../../cli/completion.ts'
import { commands } from '../../cli/commands.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepwatch-completion-'))
  const entry = join(import.meta.dirname, '../../cli/main.ts')
  writeFileSync(join(folder, 'keepwatch'), `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`)
  chmodSync(join(folder, 'keepwatch'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What bash offers after the Tab key, with the words of each line. */
function offered(...lines: readonly (readonly string[])[]): string[][] {
  const calls = lines.map((words) => `offer keepwatch ${words.map((word) => `'${word}'`).join(' ')}`)
  const script = `source <(keepwatch completion bash)
offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); __keepwatch_complete 2>/dev/null; echo "\${COMPREPLY[@]}"; }
${calls.join('\n')}
`
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` }
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env, timeout: 60_000 })
  expect(stderr).toBe('')
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').filter((word) => word !== ''))
}

test('bash completes commands, subcommands, options and choices', () => {
  expect(
    offered(['do'], ['config', ''], ['config', 'migrate', '--w'], ['completion', 'f'], ['doctor', '--ti']),
  ).toEqual([['doctor'], ['check', 'schema', 'migrate'], ['--write'], ['fish'], ['--timeout']])
})

test('names of clusters and brokers are those of the running system; what a shell would run is never offered', async () => {
  const names = ['b1', 'emqx@node-1', '$(touch pwned)', '-rf', 'a b', '`id`', 'b1']
  const brokers = names.map((broker) => ({ cluster: 'plant', broker, status: 'watched', weight: 1, gauges: {} }))
  const server = createServer((_, response) => response.end(JSON.stringify({ brokers })))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  vi.stubEnv('KEEPWATCH_URL', `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  const said: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
  await complete(['explain', '--broker', ''], commands)
  await complete(['explain', '--cluster', 'pl'], commands)
  log.mockRestore()
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise<void>((done) => server.close(() => done()))
  expect(said).toEqual(['b1\t', 'emqx@node-1\t', ':4', 'plant\t', ':4'])
})
