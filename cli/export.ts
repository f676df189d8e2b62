/** `keepwatch export`: everything of a span as a file, for other programs, for spreadsheets, and for replay. */
import { dayMs, instant, minuteMs } from '../domain/time.ts'
import { defineCommand } from './command.ts'
import { type Note, noteOf, openPartial, partialOf, readNote, type Place, type Sink } from './export/partial.ts'
import { exported, formats, type Plan } from './export/plan.ts'
import { isWhole, runExport } from './export/run.ts'
import { exitCodes, Failure, WrongLine } from './fault.ts'
import { onInterrupt } from './interrupt.ts'
import { clusterOption, spanOptions, targetOptions } from './option-sets.ts'
import { type Target, targetOf } from './target.ts'
import type { Terminal } from './terminal.ts'
import { spanOf } from './times.ts'
import { commandLine } from './typed.ts'
import { allBrokers, clusterOf } from './which.ts'

const nothingFound = 3
const begin: Place = { leg: 0, rows: 0 }
/** Where no span is named. */
const usualMs = { events: dayMs, minutes: dayMs, alerts: 365 * dayMs, clients: 60 * minuteMs, silences: dayMs } as const

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'writes events, minutes, alerts, clients or silences of a span into a file, however many',
  about: [
    'Minutes come in order of time, as keepwatch replay reads them; events broker by broker, newest first; alerts newest first. By default of all brokers of all clusters, and of the last day (alerts: of the last year; clients: those that stood out in the last hour).',
    'With --output, what is written so far stands in FILE.partial, and becomes FILE when all is there. What was interrupted is gone on with by --resume: it keeps to the question and the span it began with.',
  ],
  examples: [
    ['export minutes --last 7d --output week.jsonl', 'then: keepwatch replay week.jsonl --config new.json'],
    [
      'export events --broker b1 --last 1d --format csv --output b1.csv',
      'for a spreadsheet: no client’s name is taken for a formula',
    ],
    ['export events --output b1.csv --resume', 'goes on where it was interrupted'],
  ],
  positionals: { what: { placeholder: 'WHAT', summary: 'what is written', choices: exported, required: true } },
  options: {
    format: { type: 'string', summary: 'JSON Lines or CSV (default: as FILE ends, else jsonl)', choices: formats },
    output: {
      type: 'string',
      short: 'o',
      summary: 'into this file (default: standard output)',
      placeholder: 'FILE',
      completes: 'file',
    },
    resume: { type: 'boolean', summary: 'goes on with what was interrupted; needs --output' },
    cluster: { ...clusterOption.cluster, summary: 'of this cluster alone' },
    broker: { type: 'string', summary: 'of this broker alone', placeholder: 'NAME', completes: 'broker' },
    client: { type: 'string', summary: 'events: of this client alone', placeholder: 'CLIENT_ID' },
    ...spanOptions,
    ...targetOptions,
  },
  exitCodes: {
    [exitCodes.failed]: 'it failed or was interrupted; --resume goes on with it',
    [nothingFound]: 'there was nothing to write',
  },
  run: async ({ options, positionals: { what } }, terminal) => {
    const { output, resume } = options
    if (resume && output === undefined) throw new WrongLine('--resume needs --output: the file that was begun')
    if (options.client !== undefined && what !== 'events') throw new WrongLine('--client is for events')
    const span = spanOf(options, Date.now())
    const note = resume && output !== undefined ? await readNote(output) : undefined
    if (note !== undefined) checkSame(note.plan, { ...options, what })
    const target = await targetOf(options)
    const plan = note?.plan ?? (await planOf({ ...options, what, span }, target))
    const sink = output === undefined ? printed(terminal) : await openPartial(output, plan, note)
    return write({ target, plan, sink, note, output }, terminal)
  },
})

interface Asked {
  readonly what: Plan['what']
  readonly format: Plan['format'] | undefined
  readonly output: string | undefined
  readonly cluster: string | undefined
  readonly broker: string | undefined
  readonly client: string | undefined
}

/** What was typed may leave out what is known, and contradict none of it. */
function checkSame(plan: Plan, { what, format, cluster, broker, client }: Asked): void {
  const typed = { WHAT: what, '--format': format, '--cluster': cluster, '--broker': broker, '--client': client }
  const began = {
    WHAT: plan.what,
    '--format': plan.format,
    '--cluster': plan.cluster,
    '--broker': plan.broker,
    '--client': plan.clientId,
  }
  for (const [name, value] of Object.entries(typed)) {
    const before = new Map<string, string | undefined>(Object.entries(began)).get(name)
    if (value === undefined || value === before) continue
    throw new WrongLine(`${name} was ${before ?? 'not given'} when this export began; without --resume it begins anew`)
  }
}

async function planOf(
  { what, format, output, cluster, broker, client, span }: Asked & { readonly span: ReturnType<typeof spanOf> },
  target: Target,
): Promise<Plan> {
  const to = span.to ?? instant(Date.now())
  const known = (await allBrokers(target, cluster)).filter((each) => broker === undefined || each.broker === broker)
  if (broker !== undefined && known.length === 0)
    throw new Failure(`There is no broker ${broker}: keepwatch brokers lists them.`)
  return {
    what,
    format: format ?? (output?.endsWith('.csv') === true ? 'csv' : 'jsonl'),
    from: span.from ?? instant(Date.parse(to) - usualMs[what]),
    to,
    // A client is one of one cluster.
    cluster: client === undefined ? cluster : await clusterOf(target, cluster),
    broker,
    clientId: client,
    clusters: [...new Set(known.map((each) => each.cluster))],
    brokers: known.map((each) => ({ cluster: each.cluster, broker: each.broker, weight: each.weight })),
  }
}

const printed = ({ out }: Terminal): Sink => ({
  write: async (text) => Promise.resolve(out(text)),
  finish: async () => Promise.resolve(),
  close: async () => Promise.resolve(),
})

interface Begun {
  readonly target: Target
  readonly plan: Plan
  readonly sink: Sink
  readonly note: Note | undefined
  readonly output: string | undefined
}

async function write({ target, plan, sink, note, output }: Begun, terminal: Terminal): Promise<number> {
  using interrupt = onInterrupt()
  const { signal } = interrupt
  const how =
    output === undefined
      ? 'What was written is not whole; with --output it could be gone on with.'
      : `What was written stands in ${partialOf(output)}, and how far it is in ${noteOf(output)}. It goes on by:\n${commandLine('export', plan.what, { output, resume: true })}`
  let place: Place
  try {
    place = await runExport({
      target,
      plan,
      from: note?.place ?? begin,
      isNew: note === undefined,
      sink,
      signal,
      terminal,
    })
  } catch (error) {
    await sink.close()
    if (error instanceof Failure) terminal.err(`${how}\n`)
    throw error
  }
  if (!isWhole(plan, place)) {
    await sink.close()
    terminal.err(
      `Interrupted after ${place.rows} rows${place.cursor === undefined ? '' : `, before the page ${place.cursor}`}. ${how}\n`,
    )
    return exitCodes.failed
  }
  await sink.finish()
  if (output !== undefined)
    terminal.err(`${place.rows} ${plan.what} from ${plan.from} to ${plan.to} are in ${output}.\n`)
  return place.rows === 0 ? nothingFound : exitCodes.answered
}
