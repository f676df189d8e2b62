/** `keepwatch brokers`: every broker now, the worst first. */
import { orders, renderBrokers } from './brokers/render.ts'
import { defineCommand } from './command.ts'
import { exitCodes } from './fault.ts'
import { jsonDocument } from './json.ts'
import { awaited } from './progress.ts'
import { clusterOption, jsonOption, targetOptions } from './option-sets.ts'
import { targetOf } from './target.ts'
import { allBrokers } from './which.ts'

const nothingKnown = 3

export const brokers = defineCommand({
  name: 'brokers',
  summary: 'shows every broker: is it watched, its clients and fair share, what happens per minute',
  about: [
    'Rates are of the last judged minute: connects, disconnects, ends that nobody asked for (abnormal), refused attempts. The bar is the share of the cluster’s clients; its mark stands at the fair one.',
  ],
  examples: [
    ['brokers', 'all of them, the worst first: not watched, then dropping, then overloaded'],
    ['brokers --cluster plant --sort clients', 'one cluster, by clients'],
  ],
  options: {
    cluster: { ...clusterOption.cluster, summary: 'of this cluster alone' },
    sort: { type: 'string', summary: 'in which order', choices: orders, default: 'worst' },
    ...jsonOption,
    ...targetOptions,
  },
  exitCodes: { [nothingKnown]: 'no broker is known yet' },
  run: async ({ options }, terminal) => {
    const target = await targetOf(options)
    const found = await awaited(terminal, 'The system looks at its brokers', allBrokers(target, options.cluster))
    if (options.json) terminal.out(jsonDocument({ brokers: found }))
    else if (found.length === 0)
      terminal.err('No broker is known yet: keepwatch doctor says whether they can be heard.\n')
    else terminal.out(renderBrokers(found, { sort: options.sort, nowMs: Date.now(), terminal }))
    return found.length === 0 ? nothingKnown : exitCodes.answered
  },
})
