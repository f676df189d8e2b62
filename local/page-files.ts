/** Where the page comes from: in a checkout it is built when it is needed. */
import type { PageFiles } from './page.ts'

/** The files of the page by name. */
export async function readPage(): Promise<PageFiles> {
  // The bundler is not loaded by what serves no page.
  const { buildPage } = await import('../web/build.ts')
  return buildPage()
}
