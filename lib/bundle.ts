/** Lays out a folder that runs by itself: one ES module, the configuration, and what else is named. */
import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Configuration } from './configuration.ts'

/** Where the configuration lies beside each bundle: what every SETTINGS_FILE says. */
export const settingsFile = 'keepwatch.json'

/** What bundles are made from. */
export interface Sources {
  /** Below it lies `.keepwatch`, where the bundles are laid out. */
  readonly root: string
  readonly configuration: Configuration
  readonly compile: Compile
}

/** Gives a bundle's files by name, all but the configuration: equal sources, equal bytes. */
export type Compile = (request: BundleRequest) => ReadonlyMap<string, Uint8Array>

export interface BundleRequest {
  /** Names the folder. */
  readonly name: string
  /** Source file to start from, relative to the project's folder. */
  readonly entry: string
  /** Name of the module made of it. */
  readonly module: string
  /** Files laid beside it, relative to the project's folder. */
  readonly beside?: readonly string[]
}

/** Lays out a bundle. Gives the folder's path. */
export function bundle({ root, configuration, compile }: Sources, request: BundleRequest): string {
  const files = new Map([...compile(request), [settingsFile, Buffer.from(configuration.text)]])
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
