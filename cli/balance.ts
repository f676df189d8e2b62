/** `keepwatch balance`: is a cluster's load spread fairly, and if not, what would have to move. */
import { balance as asked } from '../api/brokers.ts'
import { renderBalance } from './balance/render.ts'
import { ask } from './client.ts'
import { defineCommand } from './command.ts'
import { exitCodes } from './fault.ts'
import { jsonDocument } from './json.ts'
import { awaited } from './progress.ts'
import { jsonOption, targetOptions } from './option-sets.ts'
import { targetOf } from './target.ts'
import { clusterOf } from './which.ts'

const unknown = 3

export const balance = defineCommand({
  name: 'balance',
  summary: 'says whether a cluster’s load is spread fairly, and what would have to move',
  about: [
    'Shares are held against the weights of the configuration, with the same measure that alerts of imbalance have.',
  ],
  examples: [
    ['balance', 'the only cluster there is'],
    ['balance plant --json', 'one of several, for a program'],
  ],
  positionals: {
    cluster: { placeholder: 'CLUSTER', summary: 'which one (default: the only one)', completes: 'cluster' },
  },
  options: { ...jsonOption, ...targetOptions },
  exitCodes: { 0: 'it is answered, balanced or not', [unknown]: 'there are no current figures to tell it from' },
  run: async ({ options, positionals }, terminal) => {
    const target = await targetOf(options)
    const cluster = await clusterOf(target, positionals.cluster)
    const found = await awaited(terminal, 'The system weighs its brokers', ask(target, asked, { params: { cluster } }))
    terminal.out(options.json ? jsonDocument(found) : renderBalance(found, { nowMs: Date.now(), terminal }))
    return found.verdict === 'unknown' ? unknown : exitCodes.answered
  },
})
