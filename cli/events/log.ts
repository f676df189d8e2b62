/** Events as lines of a log, in columns that stay where they are; in a narrow terminal, two lines an event. Pure. */
import { causes } from '../../domain/cause.ts'
import { displayedWidth, fitted } from '../cells.ts'
import type { JoinedEvent } from '../../domain/session.ts'
import { harmless } from '../../domain/text.ts'
import { minuteMs, secondMs } from '../../domain/time.ts'
import { wrapped } from '../render.ts'
import { clockText, lengthText } from '../times.ts'
import { type Tone, toned } from '../tone.ts'
import type { Blind } from './blind.ts'

export interface LogStyle {
  /** Undefined: no terminal; lines are as long as they need to be, and each tells its date. */
  readonly columns: number | undefined
  readonly hasColours: boolean
}

export interface Log {
  /** The names of the columns; empty where an event takes two lines. */
  readonly header: () => string
  readonly event: (event: JoinedEvent) => string
  readonly blind: (blind: Blind) => string
}

/** From here on an event fits in one line. */
const wide = 140
const longestWords = 500
const tones = { connected: 'good', refused: 'warning', offline: 'warning', reconnecting: 'warning' } as const

interface Column {
  readonly title: string
  readonly width: number
  readonly of: (event: JoinedEvent) => string
}

/** A log: it remembers which day it named last. */
export function createLog({ columns, hasColours }: LogStyle): Log {
  const isWide = columns === undefined || columns >= wide
  // Of a narrow line, what time and event leave.
  const names = columns === undefined ? 40 : isWide ? Math.floor(columns / 5) : columns - 26
  const brokerWidth = Math.floor(names * 0.35)
  const table: readonly Column[] = [
    {
      title: 'time',
      width: columns === undefined ? 23 : isWide ? 12 : 8,
      of: ({ at }) => timeText(at, columns, isWide),
    },
    { title: 'broker', width: brokerWidth, of: ({ broker }) => broker },
    { title: 'client', width: names - brokerWidth, of: clientText },
    { title: 'event', width: 12, of: ({ type }) => type },
    ...(isWide ? detailColumns(columns) : []),
  ]
  const used = table.reduce((sum, { width }) => sum + width + 2, 0)
  const paint = (tone: Tone, text: string) => toned(text, tone, { hasColours })
  /** The day that was named last, where lines do not tell it. */
  let day: string | undefined
  const dayLine = (at: string): string => {
    if (columns === undefined) return ''
    const found = dateText(at)
    if (found === day) return ''
    day = found
    return `${paint('faint', `── ${found} ──`)}\n`
  }
  const cell = (text: string, { width }: Column): string =>
    fitted(harmless(text, longestWords), width, columns === undefined)
  return {
    header: () =>
      isWide ? `${paint('faint', `${table.map((each) => cell(each.title, each)).join('  ')}  words`.trimEnd())}\n` : '',
    event: (event) => {
      const cells = table.map((each) => {
        const text = cell(each.of(event), each)
        return each.title === 'event' || each.title === 'cause' ? paint(toneOf(event), text) : text
      })
      const line = cells.join('  ')
      if (!isWide) {
        const details = wrapped(detailText(event), (columns ?? wide) - 4).map((each) => `    ${each}`)
        return `${dayLine(event.at)}${[line.trimEnd(), ...details].join('\n')}\n`
      }
      const words = wordsOf(event)
      const left = columns === undefined ? displayedWidth(words) : columns - used
      return `${dayLine(event.at)}${`${line}  ${fitted(words, left, columns === undefined)}`.trimEnd()}\n`
    },
    blind: (blind) => {
      const [first = '', ...more] = wrapped(blindText(blind), (columns ?? 1000) - 3)
      return `${[first, ...more].map((each, index) => paint('warning', `${index === 0 ? '──' : '  '} ${each}`)).join('\n')}\n`
    },
  }
}

function detailColumns(columns: number | undefined): Column[] {
  return [
    { title: 'told by', width: 7, of: ({ view }) => view },
    { title: 'cause', width: 18, of: ({ cause }) => cause ?? '' },
    { title: 'ended by', width: 8, of: ({ initiator }) => initiator ?? '' },
    { title: 'after', width: 9, of: (event) => sessionText(event) },
    { title: 'from', width: columns !== undefined && columns < 170 ? 15 : 21, of: ({ peer }) => peer ?? '' },
  ]
}

/** What it means, and the broker's or the client's own words for it. */
function wordsOf({ cause, reason, reasonCode, evidence, origin }: JoinedEvent): string {
  const code = evidence?.errorCode ?? (reasonCode === undefined ? undefined : String(reasonCode))
  const own = [
    ...(reason === undefined ? [] : [`"${harmless(reason, longestWords)}"`]),
    ...(code === undefined ? [] : [`[${harmless(code)}]`]),
  ]
  return [
    ...own,
    ...(cause === undefined ? [] : [causes[cause].text]),
    ...(origin === 'inferred' ? ['(concluded by Keepwatch)'] : []),
  ].join(' ')
}

/** All that a narrow line does not hold. */
function detailText(event: JoinedEvent): string {
  const { view, cause, initiator, peer } = event
  const session = sessionText(event)
  return [
    ...(view === 'client' ? ['told by the client'] : []),
    ...(cause === undefined ? [] : [`${cause}${initiator === undefined ? '' : ` by ${initiator}`}`]),
    ...(session === '' ? [] : [`after ${session}`]),
    ...(peer === undefined ? [] : [`from ${peer}`]),
    ...[wordsOf(event)].filter((words) => words !== ''),
  ].join(' · ')
}

const clientText = ({ clientId, clientDigest }: JoinedEvent): string =>
  clientId === undefined ? '(no id)' : clientDigest === undefined ? clientId : clientDigest

/** How long the session had lasted: of a short one with its tenth, for those that time out are all alike. */
function sessionText({ session, evidence }: JoinedEvent): string {
  const ms = session === undefined ? evidence?.sessionMs : session.seconds * secondMs
  if (ms === undefined) return ''
  if (ms < 10 * minuteMs) return `${(ms / secondMs).toFixed(1)} s`
  return lengthText(ms)
}

function toneOf({ type, cause, graceful }: JoinedEvent): Tone {
  if (type !== 'disconnected') return tones[type]
  return graceful === true || (cause !== undefined && !causes[cause].abnormal) ? 'faint' : 'bad'
}

/** Local time; without the date where the day is named above. */
function timeText(at: string, columns: number | undefined, isWide: boolean): string {
  const date = new Date(at)
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two)
  const time = `${hours}:${minutes}:${seconds}`
  const exact = `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
  return columns === undefined ? `${dateText(at)} ${exact}` : isWide ? exact : time
}

function dateText(at: string): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

const two = (value: number): string => String(value).padStart(2, '0')

function blindText({ broker, cluster, fromMs, untilMs, isOpen, reason }: Blind): string {
  const place = broker === undefined ? cluster : broker
  const from = clockText(fromMs, untilMs)
  const span = isOpen ? `blind since ${from}` : `blind from ${from} to ${clockText(untilMs, untilMs)}`
  return `${harmless(place)}: ${span} (${harmless(reason, longestWords)})`
}
