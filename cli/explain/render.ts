/** A diagnosis as text for people: plain lines of at most 100 columns, untrusted text harmless. Pure. */
import type { Diagnosis } from '../../domain/diagnosis.ts'
import { harmless } from '../../domain/text.ts'
import type { Advice } from '../../domain/tuning.ts'
import { type Style, wrapped } from '../render.ts'
import type { Client } from '../../api/clients.ts'
import type { Why } from '../../api/diagnosis.ts'

/** What the API answers of a client, a broker or a cluster; how it is, of a client alone. */
export type Answer = Why & { readonly cluster: string } & { readonly [Name in keyof Client]?: Client[Name] | undefined }

const columns = 100

/** The status line, the answer with its evidence and remedy, what else it could be, advice, and what was looked at. */
export function renderAnswer(answer: Answer, style: Style): string {
  const [first, ...others] = answer.diagnosis
  if (first === undefined) return ''
  const parts = [
    statusLines(answer, style),
    diagnosisLines(first, { ...style, answer }),
    ...others.map((each) => diagnosisLines(each, { ...style, answer, before: 'Also: ' })),
    answer.advice === undefined ? [] : adviceLines(answer.advice),
    lookedAtLines(answer),
  ]
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function statusLines(answer: Answer, style: Style): string[] {
  const { cluster, broker, clientId, status, statusView, since = '', last, day } = answer
  if (clientId === undefined)
    return titleLines(broker === undefined ? `cluster ${cluster}` : `${broker} (${cluster})`, style)
  const how = last?.cause === undefined ? '' : ` (${last.cause})`
  const where = `${status ?? ''}${how} on ${broker ?? ''} (${cluster}) since ${minuteText(since)}`
  const whose = statusView === 'client' ? ['By its own word alone: no broker told of it.'] : []
  return [...titleLines(`${shownName(clientId)}: ${where}`, style), ...whose, ...dayLines(day)]
}

function dayLines(day: Answer['day']): string[] {
  if (day === undefined) return []
  const ends = Object.entries(day.disconnects).map(([cause, count]) => `${count} × ${cause}`)
  const refused = day.refused === 0 ? '' : `, ${day.refused} refused`
  return wrapped(
    `In the last 24 hours: ${day.connects} connects${refused}${ends.length === 0 ? '' : `; ended: ${ends.join(', ')}`}.`,
    columns,
  )
}

/** One diagnosis; `answer` says whether it is of one client. */
export function diagnosisLines(
  diagnosis: Diagnosis,
  { answer, before = '', hasColours }: Style & { readonly answer: Pick<Answer, 'clientId'>; readonly before?: string },
): string[] {
  const { name, title, confidence, basis, evidence, remedy, alternatives, missing = [], source } = diagnosis
  const clients = answer.clientId === undefined ? (diagnosis.clients ?? []) : []
  const isKnown = name !== 'unknown'
  const sure = isKnown ? ` (confidence ${percent(confidence)}, ${basis})` : ''
  const or = alternatives.map((each) => `${each.title} (${percent(each.confidence)})`)
  return [
    ...titleLines(`${before}${title}${sure}`, { hasColours }),
    ...bullets(evidence),
    ...(clients.length === 0 ? [] : hanging('  Clients: ', clients.map(shownName).join(', '))),
    ...(remedy.length === 0 ? [] : ['What to do:', ...bullets(remedy)]),
    ...(missing.length === 0 ? [] : ['What would tell more:', ...bullets(missing)]),
    ...(or.length === 0 ? [] : hanging(isKnown ? 'Or: ' : 'Perhaps: ', or.join('; '))),
    ...(isKnown ? [`More: docs/diagnosis.md#${harmless(name)}`] : []),
    // What is to be copied stays whole, however long.
    ...(source === undefined ? [] : [`Shown at: ${harmless(source, 1000)}`]),
  ]
}

/** Options that should change, or cannot be right; of those that are right only that they are. */
function adviceLines(advice: Advice): string[] {
  const all = Object.values(advice)
  const told = all.filter(({ verdict }) => verdict === 'change' || verdict === 'contradiction')
  const kept = all
    // A period of 0 is that of an application that reconnects by itself.
    .filter(({ verdict, inUse = 0 }) => verdict === 'keep' && inUse > 0)
    .map(({ option, inUse, unit }) => valueText(option, inUse, unit))
  if (told.length + kept.length === 0) return []
  return [
    'Advice:',
    ...told.flatMap(({ option, verdict, unit, inUse, advised, why, tradeOff, code }) => [
      ...hanging(
        '  - ',
        verdict === 'change'
          ? `${valueText(option, advised, unit)}${inUse === undefined ? '' : ` instead of ${inUse} ${unit}`}. ${why.join(' ')}`
          : `${option}: no value satisfies all that was observed. ${why.join(' ')}`,
      ),
      ...tradeOff.flatMap((each) => hanging('    ', each)),
      ...(code === undefined ? [] : code.split('\n').map((line) => `      ${harmless(line, 2000)}`)),
    ]),
    ...(kept.length === 0 ? [] : hanging('  - ', `nothing speaks against ${kept.join(', ')}`)),
  ]
}

function valueText(option: string, value: number | undefined, unit: string): string {
  return value === undefined ? option : `${option} ${value} ${unit}`
}

function lookedAtLines({ lookedAt }: Answer): string[] {
  const { from, to, events, minutes, cut } = lookedAt
  const more = cut ? '; there was more, of which only the newest was looked at' : ''
  return wrapped(
    `Looked at: ${minuteText(from)} to ${minuteText(to)}, ${events} events and ${minutes} minutes of brokers${more}.`,
    columns,
  )
}

function titleLines(title: string, { hasColours }: Style): string[] {
  return wrapped(title, columns).map((line) => (hasColours ? `\u001B[1m${line}\u001B[22m` : line))
}

const bullets = (sentences: readonly string[]): string[] => sentences.flatMap((each) => hanging('  - ', each))

/** Text after a lead, its further lines below its begin. */
function hanging(lead: string, text: string): string[] {
  const [first = '', ...more] = wrapped(text, columns - lead.length)
  return [`${lead}${first}`, ...more.map((line) => `${' '.repeat(lead.length)}${line}`)]
}

const shownName = (name: string): string => harmless(name, 200)
const percent = (share: number): string => `${Math.round(100 * share)} %`
const minuteText = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 16)}Z`
