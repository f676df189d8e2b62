/** Turns an entry into a folder that runs by itself: one ES module, the configuration, and what else is named. */
import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { buildSync } from 'esbuild'
import type { Configuration } from './configuration.ts'

/** Where the configuration lies beside each bundle: what every SETTINGS_FILE says. */
export const settingsFile = 'keepwatch.json'

/** What bundles are made from. `root` is the project's folder. */
export interface Sources {
  readonly root: string
  readonly configuration: Configuration
}

export interface BundleRequest {
  /** Names the folder. */
  readonly name: string
  /** Source file to start from, relative to the root. */
  readonly entry: string
  /** Name of the module made of it. */
  readonly module: string
  /** Files laid beside it, relative to the root. */
  readonly beside?: readonly string[]
}

/**
 * Bundles an entry with all it imports, the AWS SDK included. Gives the folder's path.
 * Equal sources give equal bytes: no source maps, no paths of this machine. Not minified: it starts no faster, and
 * without maps the traces must be readable.
 */
export function bundle({ root, configuration }: Sources, request: BundleRequest): string {
  const built = buildSync({
    absWorkingDir: root,
    entryPoints: [request.entry],
    outfile: request.module,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    legalComments: 'eof',
    logLevel: 'warning',
  })
  const files = new Map<string, Uint8Array>([[settingsFile, Buffer.from(configuration.text)]])
  for (const { contents } of built.outputFiles) files.set(request.module, contents)
  for (const path of request.beside ?? []) files.set(basename(path), readFileSync(join(root, path)))
  // Each configuration has folders of its own, so that two syntheses at once do not mix theirs.
  const digest = createHash('sha256').update(configuration.text).digest('hex').slice(0, 12)
  const folder = join(root, '.keepwatch', 'build', digest, request.name)
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name), { recursive: true })
  for (const [name, bytes] of files) place(join(folder, name), bytes)
  return folder
}

/** Writes a file whole or not at all, so that a synthesis going on beside this one never reads half of it. */
function place(path: string, bytes: Uint8Array): void {
  const partial = `${dirname(path)}.${randomUUID()}`
  writeFileSync(partial, bytes)
  // Modes travel into the assets, where another user reads them.
  chmodSync(partial, 0o644)
  renameSync(partial, path)
}
