/** Bundles the page: index.html, one script, one style sheet, an icon. Nothing is written, nothing is printed. */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

/** The files of the page by name; names with a hash never change what they hold. */
export async function buildPage(): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = import.meta.dirname
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ['main.tsx'],
    entryNames: '[name]-[hash]',
    outdir: 'built',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // Of the style sheet: what knows `light-dark()`.
    supported: { nesting: true },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]))
  const [html, icon] = await Promise.all([readFile(join(folder, 'index.html')), readFile(join(folder, 'icon.svg'))])
  const named = (ending: string) => [...files.keys()].find((name) => name.endsWith(ending)) ?? ''
  const page = String(html).replace('main.js', named('.js')).replace('main.css', named('.css'))
  return new Map([...files, ['index.html', Buffer.from(page)], ['icon.svg', icon]])
}
