/** Makes bundles out of the sources. Packages that users install bring them made: `precompiled.ts`. */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildSync } from 'esbuild'
import type { Compile } from './bundle.ts'

/**
 * Bundles each entry with all it imports, the AWS SDK included. No source maps, no paths of this machine. Not minified:
 * it starts no faster, and without maps the traces must be readable.
 */
export function compileFrom(root: string): Compile {
  return ({ entry, module, beside = [] }) => {
    const built = buildSync({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: module,
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      mainFields: ['module', 'main'],
      legalComments: 'eof',
      logLevel: 'warning',
    })
    const modules = built.outputFiles.map(({ contents }): [string, Uint8Array] => [module, contents])
    const others = beside.map((path): [string, Uint8Array] => [basename(path), readFileSync(join(root, path))])
    return new Map([...modules, ...others])
  }
}
