import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort, mosquittoFolder, removeFolder } from '../watcher/stage.ts'
import { configured } from './stage.ts'

function main(...args: string[]) {
  const entry = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { status, stdout, stderr }
}

test('without a command, the commands are told; one that is not there is an error', () => {
  expect(main()).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('  doctor ') })
  expect(main('--help').stdout).toBe(main().stdout)
  expect(main('doktor')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('no command "doktor"'),
  })
  expect(main('doktor').stderr).toContain('did you mean doctor?')
  expect(main('toString')).toMatchObject({ status: 2 })
  expect(main('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  expect(main('help', 'explain').stdout).toBe(main('explain', '-h').stdout)
})

test('the doctor ends by itself with its exit code, and writes no colours into a pipe', async () => {
  const folder = mosquittoFolder()
  const feeds = [{ broker: 'b1', url: `mqtt://127.0.0.1:${await freePort()}` }]
  const ended = main('doctor', ...configured({ folder, clusters: [{ name: 'plant', dialect: 'mosquitto', feeds }] }))
  removeFolder(folder)
  expect(ended).toMatchObject({ status: 1, stderr: '' })
  expect(ended.stdout).toContain('nobody listens at')
  expect(ended.stdout).not.toContain('\u001B')
})

test('a reader that has seen enough ends the command without a stack trace', async () => {
  const folder = mosquittoFolder()
  const feeds = [{ broker: 'b1', url: `mqtt://127.0.0.1:${await freePort()}` }]
  const [, file = ''] = configured({ folder, clusters: [{ name: 'plant', dialect: 'mosquitto', feeds }] })
  const entry = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
  const line = `'${process.execPath}' '${entry}' doctor --config '${file}' | true`
  const { status, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8', timeout: 20_000 })
  removeFolder(folder)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
