/** The package as users get it: packed, installed into an empty folder, and run there. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command, isAlive } from '../live/command.ts'
import { configuration } from '../lib/synthesized.ts'
import { createCleanup, removeFolder } from '../watcher/stage.ts'

const root = join(import.meta.dirname, '..', '..')
const version: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
const folder = mkdtempSync(join(tmpdir(), 'keepwatch-package-'))
const installed = join(folder, 'node_modules', 'keepwatch')
const main = join(installed, 'dist', 'cli', 'main.js')
const cleanup = createCleanup()
cleanup.defer(() => removeFolder(folder))
afterAll(async () => cleanup.run(), 60_000)

/** Where programs are outside this checkout. */
const outside = (process.env['PATH'] ?? '').split(delimiter).filter((each) => !each.includes('node_modules'))
/** As in a terminal of a user: nothing of the npm that runs this test. */
const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|INIT_CWD)/i.test(name)))
const withNode = (node: string) => ({ ...plain, PATH: [dirname(node), ...outside].join(delimiter) })
const ownNode = process.execPath
/** Whatever Node the machine has: the oldest that matters is Debian's 20. */
const systemNode = outside.map((each) => join(each, 'node')).find((each) => existsSync(each)) ?? ownNode
const [major = 0, minor = 0] = execFileSync(systemNode, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  .split('.')
  .map(Number)
const isEnoughForStart = major > 22 || (major === 22 && minor >= 15)

function run(line: string, node = ownNode) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: folder,
    env: withNode(node),
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

beforeAll(() => {
  const beganMs = performance.now()
  const packed = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', folder], {
    cwd: root,
    env: withNode(ownNode),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(packed.slice(packed.indexOf('[\n')))
  const packedMs = performance.now() - beganMs
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const install = run(`npm install --prefer-offline --no-audit --no-fund --silent ./${filename}`, systemNode)
  if (install.status !== 0) throw new Error(`The package cannot be installed:\n${install.stderr}`)
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  console.log(
    `Packed in ${(packedMs / 1000).toFixed(0)} s: ${megabytes(size)}, unpacked ${megabytes(unpackedSize)} in ${entryCount} files`,
  )
}, 240_000)

describe('the commands, with whatever Node the machine has', () => {
  it('npx keepwatch tells its version and what it can, and each command how', () => {
    expect(run('npx keepwatch --version', systemNode)).toMatchObject({ status: 0, stdout: `${version}\n` })
    const { stdout } = run('npx keepwatch --help', systemNode)
    const names = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name = '']) => name)
    expect(names).toEqual(expect.arrayContaining(['start', 'ui', 'explain', 'replay', 'import', 'doctor', 'config']))
    const helps = names.map((name) => spawnSync(systemNode, [main, name, '--help'], { encoding: 'utf8' }))
    expect(helps.map(({ status, stderr }) => [status, stderr])).toEqual(names.map(() => [0, '']))
  }, 60_000)
  it('replay finds the alerts of a recorded incident', () => {
    const sample = join(root, 'examples', 'replay', 'minutes.jsonl')
    expect(run(`npx keepwatch replay ${sample}`, systemNode)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('disconnect_rate'),
    })
  })
  it('config schema prints the schema that editors use', () => {
    const { stdout } = run('npx keepwatch config schema', systemNode)
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(installed, 'keepwatch.schema.json'), 'utf8')))
  })
  it.skipIf(isEnoughForStart)('start says in one line which Node it needs', () => {
    const { status, stderr } = spawnSync(systemNode, [main, 'start'], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^keepwatch start needs Node 22\.15 or later.*\n$/)])
  })
  it('start says in one line that what it needs was left out', () => {
    const [from, to] = ['node_modules/classic-level', 'classic-level.away'].map((name) => join(folder, name))
    renameSync(from ?? '', to ?? '')
    const { status, stderr } = spawnSync(ownNode, [main, 'start'], { cwd: folder, encoding: 'utf8' })
    renameSync(to ?? '', from ?? '')
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^keepwatch start needs the package classic-level.*\n$/),
    ])
  })
})

describe('keepwatch/observe', () => {
  beforeAll(() => {
    for (const name of ['mqtt', '@types/node']) {
      mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    }
  })
  it('tells a program why its connection ends, in its own types', () => {
    writeFileSync(
      join(folder, 'app.ts'),
      `import mqtt from 'mqtt'
import { observe, type Observer, type ClaimStore } from 'keepwatch/observe'
import { observeOptions } from 'keepwatch/observe/options'
const client = mqtt.connect('mqtt://127.0.0.1:1', observeOptions({ reconnectPeriod: 0 }))
const store: ClaimStore = { load: () => undefined, save: () => undefined }
const observer: Observer = observe(client, { store, log: (line: string) => void line })
observer.on('closed', ({ cause, sessionMs }) => {
  const known: 'refused' | 'dns' | string = cause
  const length: number | undefined = sessionMs
  console.log(known, length)
})
// @ts-expect-error: there is no such event
observer.on('opened', () => undefined)
`,
    )
    const compiled = ['nodenext', 'bundler'].map((resolution) => {
      const modules = resolution === 'bundler' ? '--module esnext --moduleResolution bundler' : '--module nodenext'
      const options = `--ignoreConfig --strict --target es2022 --lib es2023,dom --types node ${modules}`
      return run(`"${join(root, 'node_modules', '.bin', 'tsc')}" ${options} app.ts && mv app.js app.mjs`)
    })
    expect(compiled).toEqual([0, 0].map((status) => ({ status, stdout: '', stderr: '' })))
    expect(run('node app.mjs', systemNode)).toMatchObject({ status: 0, stdout: 'refused undefined\n' })
  })
})

describe('keepwatch start', () => {
  it('synthesizes what the checkout deploys, byte for byte', () => {
    const file = join(folder, 'whole.json')
    writeFileSync(file, JSON.stringify(configuration))
    const stackOf = (application: string, name: string) => {
      const outdir = join(folder, name)
      const env = { ...withNode(ownNode), CDK_OUTDIR: outdir, KEEPWATCH_CONFIG: file, CDK_VALIDATION: 'false' }
      const { status, stderr } = spawnSync(ownNode, [application], { cwd: folder, env, encoding: 'utf8' })
      expect([status, stderr]).toEqual([0, ''])
      return {
        template: readFileSync(join(outdir, 'Keepwatch.template.json'), 'utf8'),
        assets: JSON.parse(readFileSync(join(outdir, 'Keepwatch.assets.json'), 'utf8')),
      }
    }
    const own = stackOf(join(root, 'bin', 'keepwatch.ts'), 'own')
    expect(stackOf(join(installed, 'dist', 'application', 'main.js'), 'packed')).toEqual(own)
  }, 90_000)

  it('runs the demonstration with page and API, and ends with Ctrl-C and nothing left', async () => {
    const started = command('npx keepwatch start --port 0', { cwd: folder, env: withNode(ownNode) })
    cleanup.defer(() => started.processes().forEach((pid) => isAlive(pid) && process.kill(pid, 'SIGKILL')))
    await started.says('Ctrl-C ends it', 90_000)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(started.output())?.[0] ?? ''
    const { brokers } = JSON.parse(await (await fetch(`${url}/v1/brokers`)).text())
    expect(brokers.map(({ broker }: { broker: string }) => broker)).toEqual(['demo-1', 'demo-2', 'demo-3'])
    const page = await (await fetch(url)).text()
    const script = /src="([^"]+\.js)"/.exec(page)?.[1] ?? ''
    expect((await fetch(new URL(script, url))).status).toBe(200)
    const processes = started.processes()
    // The terminal tells the whole group.
    for (const pid of processes) if (/^node .*keepwatch/.test(programOf(pid))) process.kill(pid, 'SIGINT')
    expect([await started.exited, started.output()]).toEqual([0, expect.stringContaining('Stopping')])
    expect(processes.filter(isAlive)).toEqual([])
    expect(started.output()).toMatch(/Ready in [\d.]+ s \(assembly synthesized\)/)
    console.log(/Ready in .*/.exec(started.output())?.[0])
    expect(statSync(join(folder, '.keepwatch')).isDirectory()).toBe(true)
  }, 120_000)
})

const programOf = (pid: number) =>
  isAlive(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : ''
