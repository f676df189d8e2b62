/** Turns an entry into a folder that runs by itself: one ES module, the configuration, and what else is named. */
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
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

// Some dependencies are CommonJS and ask for Node's own modules by `require`, which an ES module lacks.
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

/**
 * Bundles an entry with all it imports, the AWS SDK included. Gives the folder's path.
 * Equal sources give equal bytes: no source maps and no paths of this machine. Each configuration has folders of its
 * own, so that two syntheses at once do not mix theirs.
 */
export function bundle(sources: Sources, request: BundleRequest): string {
  const { root, configuration } = sources
  const digest = createHash('sha256').update(configuration.text).digest('hex').slice(0, 12)
  const folder = join(root, '.keepwatch', 'build', digest, request.name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  buildSync({
    absWorkingDir: root,
    entryPoints: [request.entry],
    outfile: join(folder, request.module),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: banner },
    sourcemap: false,
    legalComments: 'eof',
    logLevel: 'warning',
  })
  writeFileSync(join(folder, settingsFile), configuration.text)
  for (const file of request.beside ?? []) copyFileSync(join(root, file), join(folder, basename(file)))
  // Modes travel into the assets, where another user reads them: the configuration's own may be narrower.
  for (const file of [request.module, settingsFile, ...(request.beside ?? []).map((path) => basename(path))]) {
    chmodSync(join(folder, file), 0o644)
  }
  return folder
}
