/** `keepwatch events`: what happened to a client, or on a broker, as a log that may be followed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { brokerHistory, clientHistory } from '../api/events.ts'
import { coverage } from '../api/health.ts'
import type { InputOf } from '../api/operation.ts'
import { causeNames } from '../domain/cause.ts'
import { EventTypeSchema, ViewSchema } from '../domain/event.ts'
import type { JoinedEvent } from '../domain/session.ts'
import { harmless } from '../domain/text.ts'
import { instant, secondMs } from '../domain/time.ts'
import { ask, askPages } from './client.ts'
import { defineCommand } from './command.ts'
import { blindTimes } from './events/blind.ts'
import { follow, latestMs } from './events/follow.ts'
import { createLog } from './events/log.ts'
import { exitCodes, WrongLine } from './fault.ts'
import { onInterrupt } from './interrupt.ts'
import { jsonLine } from './json.ts'
import { awaited } from './progress.ts'
import { clusterOption, jsonOption, spanOptions, targetOptions } from './option-sets.ts'
import { type Target, targetOf } from './target.ts'
import type { Terminal } from './terminal.ts'
import { spanOf } from './times.ts'
import { clusterOf, clusterOfBroker } from './which.ts'

const nothingFound = 3
const pollMs = 2 * secondMs
const mostPerPage = 1000
const mostLimit = 100_000
const filters = 'Which events'

/** Of whom: one of both is there. */
interface Subject {
  readonly cluster: string
  readonly clientId: string | undefined
  readonly broker: string | undefined
}
type Filters = Pick<NonNullable<InputOf<typeof clientHistory>['query']>, 'type' | 'cause' | 'view' | 'peer'>
interface Span {
  readonly from?: string
  readonly to?: string
}

export const events = defineCommand({
  name: 'events',
  summary: 'tells what happened to a client, or on a broker, newest last; --follow goes on telling',
  about: [
    'A line an event: when, broker, client, what happened, whose word it is (told by the broker, or claimed by the client’s own process), the cause, who ended it, after how long, from which address, and the words of who told it. Times are local.',
    'With --follow, each event is told once, also one that comes late (up to 10 minutes); times in which nobody watched are told as blind. Ctrl-C ends it. --json prints JSON Lines: an object an event, and {"blind": …} for such a time.',
  ],
  examples: [
    ['events pump-17', 'what happened to a client in the last 30 days'],
    ['events --broker b1 --last 15m --cause keepalive_timeout', 'who timed out on a broker'],
    ['events --broker b1 --follow', 'what happens, as it happens'],
    ['events -- -dash-17', 'a client whose id begins with a dash'],
  ],
  positionals: {
    clientId: { placeholder: 'CLIENT_ID', summary: 'the client, or sha256:… of its id; without it --broker is needed' },
  },
  options: {
    broker: {
      type: 'string',
      summary: 'a broker; with CLIENT_ID: on this broker alone',
      placeholder: 'NAME',
      group: filters,
      completes: 'broker',
    },
    type: {
      type: 'string',
      summary: 'only these',
      choices: EventTypeSchema.options,
      placeholder: 'TYPE',
      group: filters,
    },
    cause: {
      type: 'string',
      summary: 'only ends of this cause',
      choices: causeNames,
      placeholder: 'CAUSE',
      group: filters,
    },
    view: {
      type: 'string',
      summary: 'only what the broker told, or what clients claim',
      choices: ViewSchema.options,
      group: filters,
    },
    peer: {
      type: 'string',
      summary: 'only from addresses that begin so, such as 10.1.',
      placeholder: 'ADDRESS',
      group: filters,
    },
    limit: { type: 'string', summary: 'the newest so many', placeholder: 'N', default: '100', group: filters },
    follow: { type: 'boolean', short: 'f', summary: 'go on telling what happens, until Ctrl-C' },
    ...clusterOption,
    ...jsonOption,
    ...spanOptions,
    ...targetOptions,
  },
  exitCodes: { [nothingFound]: 'nothing is recorded of it in this time' },
  run: async ({ options, positionals: { clientId } }, terminal) => {
    const { broker } = options
    if (clientId === undefined && broker === undefined) throw new WrongLine('a CLIENT_ID is needed, or --broker')
    if (options.follow && options.to !== undefined) throw new WrongLine('--follow and --to exclude each other')
    const limit = limitOf(options.limit)
    const span = spanOf(options, Date.now())
    const target = await targetOf(options)
    const cluster =
      clientId === undefined && broker !== undefined
        ? await clusterOfBroker(target, broker, options.cluster)
        : await clusterOf(target, options.cluster)
    const view = { subject: { cluster, clientId, broker }, filters: options, target, json: options.json }
    if (options.follow) return followed(view, { span, limit }, terminal)
    const { list, isCut } = await awaited(terminal, 'The system looks for events', newest(view, span, limit))
    const print = printer(view, terminal)
    print.events(list)
    const whose = harmless(clientId ?? broker ?? '')
    if (isCut) terminal.err(`These are the newest ${limit}: --limit, or --to before the first of them, tells more.\n`)
    if (list.length > 0) return exitCodes.answered
    terminal.err(`Nothing like it is recorded of ${whose} in this time (cluster ${harmless(cluster)}).\n`)
    return nothingFound
  },
})

interface View {
  readonly subject: Subject
  readonly filters: Filters
  readonly target: Target
  readonly json: boolean
}

function limitOf(text: string): number {
  const limit = Number(text)
  if (/^\d+$/.test(text) && limit >= 1 && limit <= mostLimit) return limit
  throw new WrongLine(`--limit needs a whole number from 1 to ${mostLimit}`)
}

/** Pages of events, newest first. */
async function* pagesOf({ subject, filters: { type, cause, view, peer }, target }: View, span: Span, limit: number) {
  const { cluster, clientId, broker } = subject
  const query = { type, cause, view, peer, ...span, limit: String(Math.min(limit, mostPerPage)) }
  if (clientId !== undefined) {
    for await (const page of askPages(target, clientHistory, { query: { ...query, clientId, cluster, broker } }))
      yield page.events
  } else if (broker !== undefined) {
    for await (const page of askPages(target, brokerHistory, { params: { cluster, broker }, query })) yield page.events
  }
}

/** The newest events of a span, oldest first. */
async function newest(view: View, span: Span, limit: number): Promise<{ list: JoinedEvent[]; isCut: boolean }> {
  const list: JoinedEvent[] = []
  for await (const page of pagesOf(view, span, limit + 1)) {
    list.push(...page)
    if (list.length > limit) break
  }
  return { list: list.slice(0, limit).toReversed(), isCut: list.length > limit }
}

async function followed(
  view: View,
  { span, limit }: { span: Span; limit: number },
  terminal: Terminal,
): Promise<number> {
  using interrupt = onInterrupt()
  const { signal } = interrupt
  const { subject, target } = view
  const startedMs = Date.now()
  const sinceMs = startedMs - latestMs
  const read = async (from: string): Promise<JoinedEvent[]> => {
    const found: JoinedEvent[] = []
    for await (const page of pagesOf(view, { from }, mostPerPage)) found.push(...page)
    return found
  }
  const known = await read(instant(sinceMs))
  const { list } = await newest(view, span, limit)
  const print = printer(view, terminal)
  print.events(list)
  await follow(
    { sinceMs, known, shown: list },
    {
      read,
      blind: async () => {
        const { cluster, broker } = subject
        const found = await ask(target, coverage, { query: { cluster, from: instant(startedMs) } })
        return blindTimes(found, { cluster, broker, sinceMs: startedMs })
      },
      onEvents: print.events,
      onBlind: print.blind,
      onTrouble: (trouble) => {
        terminal.err(
          trouble === undefined ? 'The API answers again.\n' : `${harmless(trouble.message, 500)} Trying on.\n`,
        )
      },
      pause: async () => sleep(pollMs, undefined, { signal }).catch(() => undefined),
      signal,
      nowMs: Date.now,
    },
  )
  return exitCodes.answered
}

function printer({ json }: View, terminal: Terminal) {
  const log = createLog(terminal)
  let isBegun = false
  return {
    events: (list: readonly JoinedEvent[]) => {
      if (list.length === 0) return
      if (json) return terminal.out(list.map(jsonLine).join(''))
      const header = isBegun ? '' : log.header()
      isBegun = true
      terminal.out(header + list.map(log.event).join(''))
    },
    blind: (blind: Parameters<typeof log.blind>[0]) => {
      const { broker, cluster, fromMs, untilMs, isOpen, reason } = blind
      const told = { cluster, broker, from: instant(fromMs), ...(isOpen ? {} : { until: instant(untilMs) }), reason }
      terminal.out(json ? jsonLine({ blind: told }) : log.blind(blind))
    },
  }
}
