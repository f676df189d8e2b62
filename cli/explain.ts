/** `keepwatch explain`: why the connections of a client, a broker or a cluster end, asked of a running system. */
import { harmless } from '../domain/text.ts'
import { askApi } from './api.ts'
import { type Answer, AnswerSchema } from './explain/answer.ts'
import { type ExplainOptions, readOptions, usage } from './explain/options.ts'
import { renderAnswer } from './explain/render.ts'
import type { Terminal } from './terminal.ts'

const exitCodes = { answered: 0, failed: 1, wrongInput: 2, unknown: 3 } as const

/** Runs the command; gives its exit code. */
export async function explain(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome = readOptions(args)
  if (outcome.kind === 'help') {
    terminal.out(usage)
    return exitCodes.answered
  }
  if (outcome.kind === 'fault') {
    terminal.err(`${harmless(outcome.message, 300)}\n\n${usage}`)
    return exitCodes.wrongInput
  }
  return ask(outcome.options, terminal)
}

async function ask(options: ExplainOptions, terminal: Terminal): Promise<number> {
  let found: unknown
  let answer: Answer
  try {
    found = await askApi(options.url, pathOf(options))
    answer = AnswerSchema.parse(found)
  } catch (error) {
    terminal.err(`${harmless(error instanceof Error ? error.message : String(error), 1000)}\n`)
    return exitCodes.failed
  }
  terminal.out(options.json ? `${JSON.stringify(found, calmed, 2)}\n` : renderAnswer(answer, terminal))
  const [first] = answer.diagnosis
  const isLacking = first?.name === 'unknown' && (first.missing ?? []).length > 0
  return isLacking ? exitCodes.unknown : exitCodes.answered
}

function pathOf({ subject, from, to }: ExplainOptions): string {
  const { cluster } = subject
  const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  if (subject.of === 'client') {
    const query = { clientId: subject.clientId, ...(cluster === undefined ? {} : { cluster }), ...span }
    return `/v1/clients?${new URLSearchParams(query).toString()}`
  }
  const place = `/v1/clusters/${encodeURIComponent(subject.cluster)}`
  const broker = subject.of === 'broker' ? `/brokers/${encodeURIComponent(subject.broker)}` : ''
  const query = new URLSearchParams(span).toString()
  return `${place}${broker}/diagnosis${query === '' ? '' : `?${query}`}`
}

/** Names of clients stand in it: made harmless for those who print it. */
const calmed = (_key: string, value: unknown): unknown => (typeof value === 'string' ? harmless(value, 2000) : value)
