/** `keepwatch alerts`: what people should know, the story of one alert, and what operators do to it. */
import { acknowledgeAlert, verifyAlert } from '../api/acts.ts'
import { alert, alertList } from '../api/alerts.ts'
import { AlertKindSchema, type Alert } from '../domain/alert.ts'
import { harmless } from '../domain/text.ts'
import { renderAlerts, renderStory } from './alerts/render.ts'
import { Refused, ask, askPages } from './client.ts'
import { defineCommand } from './command.ts'
import { exitCodes, WrongLine } from './fault.ts'
import { jsonDocument, jsonLine } from './json.ts'
import { awaited } from './progress.ts'
import { jsonOption, spanOptions, targetOptions } from './option-sets.ts'
import { type Target, targetOf } from './target.ts'
import type { Terminal } from './terminal.ts'
import { spanOf } from './times.ts'

const nothingFound = 3
const unknownAlert = { [nothingFound]: 'there is no such alert' }
const id = {
  placeholder: 'ID',
  summary: 'of the alert, or a part of it that only one open alert has',
  required: true,
} as const
const note = { type: 'string', summary: 'for those who look at it later', placeholder: 'TEXT' } as const
const mostLimit = 10_000

const show = defineCommand({
  name: 'alerts show',
  summary: 'tells the story of one alert: why, what happened in order, what to do',
  examples: [['alerts show plant.disconnect_rate.b1.20261122T100000Z', 'as the list and the notification name it']],
  positionals: { id },
  options: { ...jsonOption, ...targetOptions },
  exitCodes: unknownAlert,
  run: async ({ options, positionals }, terminal) => {
    const target = await targetOf(options)
    const found = await findAlert(target, positionals.id)
    if (found === undefined) return noSuch(positionals.id, terminal)
    terminal.out(options.json ? jsonDocument(found) : renderStory(found, { nowMs: Date.now(), terminal }))
    return exitCodes.answered
  },
})

const acknowledge = defineCommand({
  name: 'alerts acknowledge',
  summary: 'says that you look after an alert: it is told again only when it gets worse or ends',
  examples: [['alerts acknowledge b1.20261122 --note "on it"', 'by a part of its id']],
  positionals: { id },
  options: { note, ...jsonOption, ...targetOptions },
  exitCodes: unknownAlert,
  run: async ({ options, positionals }, terminal) => {
    const target = await targetOf(options)
    const found = await findAlert(target, positionals.id)
    if (found === undefined) return noSuch(positionals.id, terminal)
    const done = await ask(target, acknowledgeAlert, { params: { id: found.id }, body: { note: options.note } })
    terminal.out(options.json ? jsonDocument(done) : `Acknowledged: ${done.id}\n`)
    return exitCodes.answered
  },
})

const verdicts = ['true', 'benign', 'false'] as const

const verify = defineCommand({
  name: 'alerts verify',
  summary: 'says what an alert turned out to be: an incident (true), real but harmless (benign), a false alarm (false)',
  examples: [['alerts verify b1.20261122 benign --note "planned restart"', 'by a part of its id']],
  positionals: {
    id,
    verdict: { placeholder: 'VERDICT', summary: 'what it was', choices: verdicts, required: true },
  },
  options: { note, ...jsonOption, ...targetOptions },
  exitCodes: unknownAlert,
  run: async ({ options, positionals: { id: named, verdict } }, terminal) => {
    const target = await targetOf(options)
    const found = await findAlert(target, named)
    if (found === undefined) return noSuch(named, terminal)
    const done = await ask(target, verifyAlert, { params: { id: found.id }, body: { verdict, note: options.note } })
    terminal.out(options.json ? jsonDocument(done) : `Verified as ${verdict}: ${done.id}\n`)
    return exitCodes.answered
  },
})

export const alerts = defineCommand({
  name: 'alerts',
  summary: 'lists alerts, tells the story of one, acknowledges and verifies them',
  about: ['Newest first. --json prints JSON Lines: an alert a line.'],
  examples: [
    ['alerts --status open', 'what is wrong now'],
    ['alerts show ID', 'why, what happened in order, and what to do'],
    ['alerts --last 7d --kind takeover_loop', 'of one kind, in the last week'],
  ],
  options: {
    status: { type: 'string', summary: 'only these', choices: ['open', 'resolved'] },
    kind: { type: 'string', summary: 'only of this kind', choices: AlertKindSchema.options, placeholder: 'KIND' },
    cluster: { type: 'string', summary: 'only of this cluster', placeholder: 'NAME', completes: 'cluster' },
    broker: { type: 'string', summary: 'only of this broker', placeholder: 'NAME', completes: 'broker' },
    limit: { type: 'string', summary: 'the newest so many', placeholder: 'N', default: '50' },
    ...jsonOption,
    ...spanOptions,
    ...targetOptions,
  },
  exitCodes: { 0: 'there are some', [nothingFound]: 'there are none' },
  subcommands: [show, acknowledge, verify],
  run: async ({ options }, terminal) => {
    const limit = Number(options.limit)
    if (!/^\d+$/.test(options.limit) || limit < 1 || limit > mostLimit)
      throw new WrongLine(`--limit needs a whole number from 1 to ${mostLimit}`)
    const nowMs = Date.now()
    const { status, kind, cluster, broker } = options
    const query = { status, kind, cluster, broker, ...spanOf(options, nowMs) }
    const target = await targetOf(options)
    const { list, isCut } = await awaited(terminal, 'The system looks through alerts', newest(target, query, limit))
    terminal.out(options.json ? list.map(jsonLine).join('') : renderAlerts(list, { nowMs, terminal }))
    if (isCut) terminal.err(`These are the newest ${limit}: --limit tells more.\n`)
    if (list.length > 0) {
      if (terminal.columns !== undefined && !options.json)
        terminal.err('keepwatch alerts show ID tells the story of one.\n')
      return exitCodes.answered
    }
    terminal.err(
      `There is no ${status === undefined ? '' : `${status} `}alert${Object.values(query).length > 1 ? ' like this' : ''}.\n`,
    )
    return nothingFound
  },
})

type Query = NonNullable<Parameters<typeof ask<typeof alertList>>[2]>['query']

async function newest(target: Target, query: Query, limit: number): Promise<{ list: Alert[]; isCut: boolean }> {
  const list: Alert[] = []
  for await (const page of askPages(target, alertList, {
    query: { ...query, limit: String(Math.min(1000, limit + 1)) },
  })) {
    list.push(...page.alerts)
    if (list.length > limit) break
  }
  return { list: list.slice(0, limit), isCut: list.length > limit }
}

/**
 * The alert of this id, else the only open one whose id has this part.
 * @throws WrongLine where several have
 */
async function findAlert(target: Target, named: string): Promise<Alert | undefined> {
  if (/^[\x21-\x7e]{1,1024}$/.test(named)) {
    try {
      return await ask(target, alert, { params: { id: named } })
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error
    }
  }
  const { list } = await newest(target, { status: 'open' }, 1000)
  const [first, ...more] = list.filter((each) => each.id.includes(named))
  if (more.length === 0) return first
  throw new WrongLine(`${more.length + 1} open alerts have ${JSON.stringify(named)} in their id: name more of it`)
}

function noSuch(named: string, { err }: Terminal): number {
  err(
    `There is no alert ${JSON.stringify(harmless(named))}, and no open one with it in its id: keepwatch alerts lists them.\n`,
  )
  return nothingFound
}
