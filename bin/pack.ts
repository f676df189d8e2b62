/** What `npm pack` runs first: makes dist/, all that an installed Keepwatch consists of. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import * as z from 'zod/mini'
import { bundles } from '../lib/bundles.ts'
import { compileFrom } from '../lib/compile.ts'
import { buildPage } from '../web/build.ts'
import { bundleApplication, bundleCommands, bundleObserver } from './pack/bundles.ts'
import { noticesFor } from './pack/notices.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })

const metafiles = await Promise.all([
  bundleCommands(root, join(dist, 'cli')),
  bundleApplication(root, join(dist, 'application', 'main.js')),
  bundleObserver(root, join(dist, 'observe')),
])

// npm links to it as the command.
const command = join(dist, 'cli', 'main.js')
writeFileSync(command, `#!/usr/bin/env node\n${readFileSync(command, 'utf8')}`)

// Steps and watcher as they are deployed.
const compile = compileFrom(root)
for (const request of bundles) write(join('steps', request.name), compile(request))
write('page', await buildPage())

const types = spawnSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'observe'], {
  cwd: root,
  stdio: 'inherit',
})
if (types.status !== 0) throw new Error('The types of keepwatch/observe could not be written.')

const inputs = metafiles.flatMap(({ inputs: files }) => Object.keys(files))
const { version } = z.parse(z.object({ version: z.string() }), JSON.parse(readFileSync('package.json', 'utf8')))
write(
  '.',
  new Map([
    // What `keepwatch --version` reads.
    ['package.json', Buffer.from(`${JSON.stringify({ type: 'module', version })}\n`)],
    ['THIRD-PARTY-NOTICES.txt', Buffer.from(noticesFor(root, inputs))],
  ]),
)

function write(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(join(dist, folder), { recursive: true })
  for (const [name, bytes] of files) writeFileSync(join(dist, folder, name), bytes)
}
