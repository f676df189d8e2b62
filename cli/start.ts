/** `keepwatch start`: runs the whole system on this machine. */
import { createRequire } from 'node:module'
import process from 'node:process'
import zlib from 'node:zlib'
import { optionsOf } from '../local/options.ts'
import { defineCommand } from './command.ts'
import { Failure, WrongLine } from './fault.ts'

/** The first with Zstandard, in which functions and watchers keep what they send and store. */
const neededNode = '22.15'

export const startCommand = defineCommand({
  name: 'start',
  summary: 'runs Keepwatch on this machine: a demonstration, or with --config your own brokers',
  about: [
    'Runs what would be deployed to AWS, on local engines, until Ctrl-C. Serves page and API on 127.0.0.1; the record stays in .keepwatch of this folder.',
  ],
  examples: [
    ['start', 'a demonstration, nothing else needed'],
    ['start --config keepwatch.json', 'watches your own brokers'],
  ],
  options: {
    config: {
      type: 'string',
      summary: 'the configuration; without it the demonstration runs',
      placeholder: 'FILE',
      completes: 'file',
    },
    port: { type: 'string', summary: 'port of page and API on 127.0.0.1', placeholder: 'N', default: '4680' },
    data: {
      type: 'string',
      summary: 'keeps the record over restarts (default .keepwatch/data; the demonstration: .keepwatch/demo-data)',
      placeholder: 'DIR',
      completes: 'folder',
    },
    secrets: {
      type: 'string',
      summary:
        'JSON object of secret name → object or text, mode 0600 (default keepwatch.secrets.json beside the configuration)',
      placeholder: 'FILE',
      completes: 'file',
    },
    webhook: { type: 'string', summary: 'posts every alert notification there as JSON', placeholder: 'URL' },
    private: { type: 'boolean', summary: 'reading needs the token too, for machines with other users' },
    verbose: {
      type: 'boolean',
      summary: 'shows every line that functions and watchers write, and at the end the grants nothing used',
    },
  },
  exitCodes: { 0: 'ended by Ctrl-C', 130: 'ended at once: while it started, or by a second Ctrl-C' },
  run: async ({ options }) => {
    const outcome = optionsOf(options)
    if (outcome.kind === 'fault') throw new WrongLine(outcome.message)
    checkMachine()
    // Not before: older versions cannot load it.
    const { start } = await import('../local/start.ts')
    return start(outcome.options)
  },
})

/** What an installed package may lack. */
function checkMachine(): void {
  if (!('zstdCompressSync' in zlib)) {
    const along = `npx -p node-${process.platform}-${process.arch}@24.21.0 -p keepwatch keepwatch start`
    const advice = process.platform === 'linux' ? ` This brings one along: ${along}` : ''
    throw new Failure(`keepwatch start needs Node ${neededNode} or later; this is ${process.versions.node}.${advice}`)
  }
  try {
    createRequire(import.meta.url).resolve('classic-level')
  } catch {
    throw new Failure(
      'keepwatch start needs the package classic-level, which was left out when Keepwatch was installed. Install without --omit=optional.',
    )
  }
}
