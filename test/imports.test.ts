import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Who may import whom. A folder may always import itself; node: built-ins are allowed but in domain. */
const table: Record<string, { folders: string[]; packages: (string | RegExp)[]; builtins: boolean }> = {
  domain: { folders: [], packages: ['zod/mini'], builtins: false },
  api: { folders: ['domain'], packages: ['zod/mini'], builtins: false },
  codec: { folders: ['domain'], packages: [], builtins: true },
  store: { folders: ['domain', 'codec'], packages: ['@aws-sdk/client-dynamodb', 'zod/mini'], builtins: true },
  observe: { folders: ['domain/client-cause.ts'], packages: ['mqtt'], builtins: false },
  watcher: {
    folders: ['domain', 'codec', 'observe'],
    packages: ['amqplib', 'mqtt', 'mqtt-packet', 'zod/mini', '@aws-sdk/client-sqs', '@aws-sdk/client-secrets-manager'],
    builtins: true,
  },
  lambdas: {
    folders: ['domain', 'api', 'codec', 'store'],
    packages: [
      /^hono(\/|$)/,
      /^@aws-lambda-powertools\//,
      /^@aws-sdk\/client-(dynamodb|secrets-manager|sns|sqs)$/,
      'zod/mini',
      'aws-lambda',
    ],
    builtins: true,
  },
  'local/demo': { folders: ['observe'], packages: ['mqtt', 'aedes'], builtins: true },
  local: {
    folders: ['domain', 'codec', 'local/demo', 'web/build.ts'],
    packages: ['dynalite', 'fauxqs', 'zod/mini', /^@aws-sdk\/client-(dynamodb|sns|sqs|secrets-manager)$/],
    builtins: true,
  },
  cli: {
    // The code that watches is the code that checks: docs/decisions/0013-the-doctor-is-the-watcher.md.
    folders: [
      'api',
      'domain',
      'watcher',
      'local/announced.ts',
      'local/inputs.ts',
      'local/secrets.ts',
      // The page is served by the same code here and there: docs/decisions/0019-who-may-act.md.
      'local/http-event.ts',
      'local/lifecycle.ts',
      'local/loopback.ts',
      'local/page.ts',
      'local/page-files.ts',
      'local/site.ts',
      'local/options.ts',
      'local/start.ts',
      // Their versions.
      'node_modules/amqplib/package.json',
      'node_modules/mqtt/package.json',
    ],
    packages: [
      'amqplib',
      'mqtt',
      'zod/mini',
      '@aws-crypto/sha256-js',
      '@aws-sdk/client-cloudformation',
      '@bomb.sh/tab',
      '@smithy/signature-v4',
      'string-width',
    ],
    builtins: true,
  },
  // `web/build.ts` runs in Node; nothing of the page imports it.
  web: {
    folders: ['api', 'domain'],
    packages: [/^preact(\/|$)/, 'uplot', 'wouter-preact/use-browser-location', 'esbuild', 'zod/mini'],
    builtins: true,
  },
  lib: {
    folders: ['store/keys.ts', 'lambdas/env.ts', 'watcher/env.ts', 'domain', 'cdk.json'],
    packages: [/^aws-cdk-lib(\/|$)/, 'constructs', 'cdk-nag', 'esbuild', 'zod/mini'],
    builtins: true,
  },
  bin: {
    folders: ['lib', 'domain', 'web/build.ts'],
    packages: ['esbuild', 'zod/mini'],
    builtins: true,
  },
}
/** Each step keeps to itself. */
const apart = ['lambdas/ingest', 'lambdas/analyze', 'lambdas/query', 'lambdas/operate', 'lambdas/feed']

const root = join(import.meta.dirname, '..')
const folders = Object.keys(table)

function folderOf(path: string): string | undefined {
  return folders.filter((folder) => path.startsWith(`${folder}/`)).toSorted((a, b) => b.length - a.length)[0]
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /^(?:}|(?:import|export) .*) from '([^'\n]+)'|^import '([^'\n]+)'|\bimport\('([^'\n]+)'\)/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

const files = folders
  .filter((folder) => !folder.includes('/'))
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
      .map((name) => `${folder}/${name}`),
  )

function faultOf(file: string, imported: string): string | undefined {
  const folder = folderOf(file) ?? ''
  const rules = table[folder]
  if (rules === undefined) return 'a folder the table does not know'
  if (imported.startsWith('node:')) return rules.builtins ? undefined : 'a built-in of Node'
  if (!imported.startsWith('.')) {
    const allowed = rules.packages.some((each) => (typeof each === 'string' ? each === imported : each.test(imported)))
    return allowed ? undefined : 'a package it may not import'
  }
  const target = relative(root, join(root, file, '..', imported))
  const step = apart.find((each) => file.startsWith(`${each}/`))
  const other = apart.find((each) => target.startsWith(`${each}/`))
  if (step !== undefined && other !== undefined && step !== other) return 'another step'
  if (folderOf(target) === folder || rules.folders.some((each) => target === each || target.startsWith(`${each}/`))) {
    return undefined
  }
  return 'a folder it may not import'
}

describe('who may import whom', () => {
  it('finds files and their imports', () => {
    expect(files).toContain('domain/detectors/index.ts')
    expect(importsOf('store/state.ts')).toContain('@aws-sdk/client-dynamodb')
    expect(importsOf('domain/settings.ts')).toContain('./feed.ts')
    expect(faultOf('domain/event.ts', 'node:fs')).toBeDefined()
    expect(faultOf('lambdas/query/app.ts', '../ingest/ingest.ts')).toBe('another step')
  })
  it('every import is in the table', () => {
    const faults = files.flatMap((file) =>
      importsOf(file).flatMap((imported) => {
        const fault = faultOf(file, imported)
        return fault === undefined ? [] : [`${file} imports ${imported}: ${fault}`]
      }),
    )
    expect(faults).toEqual([])
  })
})
