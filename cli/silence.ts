/** `keepwatch silence`: which alerts are kept quiet for a while. */
import { createSilence, deleteSilence } from '../api/acts.ts'
import { silences } from '../api/alerts.ts'
import { AlertKindSchema } from '../domain/alert.ts'
import { harmless } from '../domain/text.ts'
import { instant } from '../domain/time.ts'
import { Refused, ask } from './client.ts'
import { defineCommand } from './command.ts'
import { exitCodes, WrongLine } from './fault.ts'
import { jsonDocument } from './json.ts'
import { clusterOption, jsonOption, targetOptions } from './option-sets.ts'
import { renderSilences, scopeText } from './silence/render.ts'
import { targetOf } from './target.ts'
import { clockText, lengthOf, timeOf } from './times.ts'
import { commandLine } from './typed.ts'
import { clusterOf } from './which.ts'

const nothingFound = 3

const add = defineCommand({
  name: 'silence add',
  summary: 'keeps alerts quiet for a while; they are recorded, and what still stands at the end is told then',
  examples: [
    ['silence add --cluster plant --for 2h --comment "upgrade of the brokers"', 'all of a cluster'],
    ['silence add --kind imbalance --until 18:00 --comment "b2 is drained"', 'of one kind'],
  ],
  options: {
    ...clusterOption,
    kind: {
      type: 'string',
      summary: 'only alerts of this kind',
      choices: AlertKindSchema.options,
      placeholder: 'KIND',
    },
    broker: { type: 'string', summary: 'only alerts of this broker', placeholder: 'NAME', completes: 'broker' },
    client: { type: 'string', summary: 'only alerts of this client', placeholder: 'CLIENT_ID' },
    for: { type: 'string', summary: 'how long, from now on: 30m, 2h, 7d', placeholder: 'LENGTH' },
    until: {
      type: 'string',
      summary: 'until when: 18:00, 2026-11-22T18:00, 2026-11-22T18:00:00Z',
      placeholder: 'TIME',
    },
    comment: { type: 'string', summary: 'why, for those who find it', placeholder: 'TEXT' },
    ...jsonOption,
    ...targetOptions,
  },
  run: async ({ options }, terminal) => {
    const nowMs = Date.now()
    const { kind, broker, client: clientId, comment } = options
    if (comment === undefined) throw new WrongLine('--comment is needed: why, for those who find the silence')
    const to = instant(endOf(options, nowMs))
    const target = await targetOf(options)
    const cluster = await clusterOf(target, options.cluster)
    const made = await ask(target, createSilence, { body: { cluster, kind, broker, clientId, to, comment } })
    if (options.json) terminal.out(jsonDocument(made))
    else {
      const until = clockText(Date.parse(made.to), nowMs)
      terminal.out(
        `Silent until ${until}: ${scopeText(made)}.\nIt ends earlier by: ${commandLine('silence remove', made.id)}\n`,
      )
    }
    return exitCodes.answered
  },
})

/** A time of day that has passed is tomorrow's. */
function endOf(
  { for: length, until }: { readonly for: string | undefined; readonly until: string | undefined },
  nowMs: number,
): number {
  if ((length === undefined) === (until === undefined)) throw new WrongLine('either --for or --until is needed')
  if (until === undefined) return nowMs + lengthOf('--for', length ?? '')
  const ms = timeOf('--until', until, nowMs)
  if (ms > nowMs) return ms
  if (!/^\d{1,2}:\d{2}(:\d{2})?$/.test(until)) throw new WrongLine('--until is over already')
  const tomorrow = new Date(ms)
  tomorrow.setDate(tomorrow.getDate() + 1)
  return tomorrow.getTime()
}

const list = defineCommand({
  name: 'silence list',
  summary: 'shows silences in force, to come, and ended in the last days',
  examples: [['silence list', 'those of every cluster']],
  options: {
    cluster: { ...clusterOption.cluster, summary: 'of this cluster alone' },
    ...jsonOption,
    ...targetOptions,
  },
  exitCodes: { [nothingFound]: 'there are none' },
  run: async ({ options }, terminal) => {
    const found = await ask(await targetOf(options), silences, { query: { cluster: options.cluster } })
    if (options.json) terminal.out(jsonDocument(found))
    else terminal.out(renderSilences(found.silences, { nowMs: Date.now(), terminal }))
    if (found.silences.length > 0) return exitCodes.answered
    terminal.err('There is no silence.\n')
    return nothingFound
  },
})

const remove = defineCommand({
  name: 'silence remove',
  summary: 'ends a silence now; what it kept quiet and still stands is told within a minute',
  examples: [['silence remove plant.x7Qd0Zk3', 'as the list names it']],
  positionals: { id: { placeholder: 'ID', summary: 'of the silence', required: true } },
  options: { ...jsonOption, ...targetOptions },
  exitCodes: { [nothingFound]: 'there is no such silence' },
  run: async ({ options, positionals }, terminal) => {
    const target = await targetOf(options)
    try {
      const removed = await ask(target, deleteSilence, { params: { id: positionals.id } })
      terminal.out(options.json ? jsonDocument(removed) : `Removed: ${scopeText(removed)}.\n`)
      return exitCodes.answered
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error
      terminal.err(
        `There is no silence ${JSON.stringify(harmless(positionals.id))}: keepwatch silence list shows them.\n`,
      )
      return nothingFound
    }
  },
})

export const silence = defineCommand({
  name: 'silence',
  summary: 'keeps alerts quiet for a while: add, list, remove',
  examples: [
    ['silence add --cluster plant --for 2h --comment "upgrade"', 'from now on'],
    ['silence list', 'which there are'],
  ],
  subcommands: [add, list, remove],
})
