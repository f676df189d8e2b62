/** Takes bundles as they were made when Keepwatch was packed: a folder each, named as the bundle is. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compile } from './bundle.ts'

/** Reads the bundles that lie in a folder. */
export function precompiledIn(folder: string): Compile {
  return ({ name }) => {
    const files = readdirSync(join(folder, name))
    return new Map(files.map((file) => [file, readFileSync(join(folder, name, file))]))
  }
}
