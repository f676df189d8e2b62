/** What the package consists of, made by esbuild: commands, the observer, the CDK application. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

/** CommonJS that is bundled expects these; the names are such as no package has. */
const commonJs = `
import { createRequire as keepwatchRequire } from 'node:module'
import { dirname as keepwatchDirname } from 'node:path'
import { fileURLToPath as keepwatchPath } from 'node:url'
const require = keepwatchRequire(import.meta.url)
const __filename = keepwatchPath(import.meta.url)
const __dirname = keepwatchDirname(__filename)
`

/** Names of classes stay as they are: some are told to people. */
const shared = {
  bundle: true,
  format: 'esm',
  minify: true,
  keepNames: true,
  // Node prints the line of an error that nobody caught.
  lineLimit: 160,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
} as const satisfies BuildOptions

const forNode = {
  ...shared,
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  banner: { js: commonJs },
} as const satisfies BuildOptions

/** dynalite requires its actions by names that it puts together; without an ending, esbuild finds none of them. */
const actionsOfDynalite: Plugin = {
  name: 'actions-of-dynalite',
  setup: (made) => {
    made.onLoad({ filter: /node_modules[\\/]dynalite[\\/]index\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(/(require\('\.\/\w+\/' \+ action)\)/g, "$1 + '.js')"),
    }))
  },
}

/** fauxqs keeps its queues in memory here: the database it could keep them in is unknown to older versions of Node. */
const noDatabase: Plugin = {
  name: 'no-database',
  setup: (made) => {
    made.onResolve({ filter: /^node:sqlite$/ }, ({ path }) => ({ path, namespace: 'none' }))
    made.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export const DatabaseSync = undefined' }))
  },
}

/** The commands, each loaded when it is called, and the scripts that `start` runs in threads and processes of their own. */
export async function bundleCommands(root: string, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    ...forNode,
    absWorkingDir: root,
    outdir,
    entryPoints: [
      { in: 'cli/main.ts', out: 'main' },
      { in: 'local/record-engine.ts', out: 'record-engine' },
      { in: 'local/function-worker.ts', out: 'function-worker' },
      { in: 'local/leash.ts', out: 'leash' },
      { in: 'local/demo/twin.ts', out: 'twin' },
    ],
    // All in one folder: they find each other there.
    chunkNames: '[name]-[hash]',
    splitting: true,
    // Native; and what builds the page, which is built.
    external: ['classic-level', '*/web/build.ts'],
    inject: ['bin/pack/older-node.ts'],
    plugins: [actionsOfDynalite, noDatabase],
  })
  return metafile
}

/** What applications import as `keepwatch/observe`. */
export async function bundleObserver(root: string, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    ...shared,
    keepNames: false,
    absWorkingDir: root,
    outdir,
    entryPoints: ['observe/index.ts', 'observe/options.ts'],
    chunkNames: '[name]-[hash]',
    splitting: true,
    platform: 'neutral',
    target: 'es2022',
  })
  return metafile
}

/**
 * The index of aws-cdk-lib names every service of AWS, each loaded at its first use. Those that the application uses it
 * imports by their own paths: through the index nothing is used, and without them the bundle is a quarter as large.
 */
const onlyUsedServices: Plugin = {
  name: 'only-used-services',
  setup: (made) => {
    made.onResolve(
      { filter: /^\.\/(aws-|alexa-|lambda-layer-|assertions|pipelines|triggers|cloudformation-)/ },
      (found) =>
        found.importer.endsWith(join('aws-cdk-lib', 'index.js'))
          ? { path: found.path, namespace: 'unused' }
          : undefined,
    )
    made.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`aws-cdk-lib/${path.slice(2)} is not in this bundle`)})`,
    }))
  },
}

/** The CDK application. */
export async function bundleApplication(root: string, outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    ...forNode,
    absWorkingDir: root,
    outfile,
    entryPoints: ['bin/packed.ts'],
    plugins: [onlyUsedServices],
  })
  return metafile
}
