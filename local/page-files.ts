/** Where the page comes from: in a checkout it is built when it is needed, in a package it was built. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PageFiles } from './page.ts'
import { isCheckout } from './project.ts'

/** The files of the page by name. */
export async function readPage(): Promise<PageFiles> {
  if (!isCheckout) {
    const folder = join(import.meta.dirname, '..', 'page')
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))
  }
  // The bundler is not loaded by what serves no page.
  const { buildPage } = await import('../web/build.ts')
  return buildPage()
}
