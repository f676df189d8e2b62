/** Recordings as a feed would hand them to a dialect: with the ordinal and the repeat of every message. */
import { readFileSync } from 'node:fs'
import type { Dialect, Reading, ReadingContext, Wording } from '../../../domain/dialect.ts'
import type { EventDraft } from '../../../domain/event.ts'
import type { Message } from '../../../domain/message.ts'

interface RecordedLine {
  readonly t: number
  readonly topic: string
  readonly payload: string
  /** The payload where it is no text. */
  readonly base64?: string
  readonly retain?: boolean
}

export const recordings = new URL('../../recordings/', import.meta.url)

export function jsonLines<T>(file: string): T[] {
  const text = readFileSync(new URL(file, recordings), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

export const context: ReadingContext = {
  cluster: 'plant',
  broker: 'broker-1',
  isOwn: (clientId) => clientId === 'capture',
}

export function message(topic: string, payload: string, others: Partial<Message> = {}): Message {
  return { topic, payload, retain: false, receivedAt: 1_795_374_480_000, ordinal: 0, repeat: 0, ...others }
}

/** Messages of a recording, counted within their instants. */
export function messagesOf(dialect: Dialect, file = `${dialect.name}.jsonl`): Message[] {
  const seen = new Map<string, { ordinal: number; repeats: Map<string, number> }>()
  return jsonLines<RecordedLine>(file).map((line) => {
    const bytes = line.base64 === undefined ? Buffer.from(line.payload) : Buffer.from(line.base64, 'base64')
    const plain = message(line.topic, line.payload, { bytes, retain: line.retain ?? false, receivedAt: line.t })
    const at = dialect.instantOf(plain)
    if (at === undefined) return plain
    const counts = seen.get(at) ?? { ordinal: 0, repeats: new Map<string, number>() }
    seen.set(at, counts)
    const same = `${line.topic}\n${line.payload}`
    const repeat = counts.repeats.get(same) ?? 0
    counts.repeats.set(same, repeat + 1)
    counts.ordinal += 1
    return { ...plain, ordinal: counts.ordinal - 1, repeat }
  })
}

/** Readings of a whole recording, with the wording learned on the way as a feed does. */
export function readAll(dialect: Dialect, messages = messagesOf(dialect)): Reading[] {
  let wording: Wording | undefined
  return messages.map((each) => {
    wording = dialect.wordingOf?.(each) ?? wording
    return dialect.read(each, { ...context, wording })
  })
}

export function eventsOf(readings: readonly Reading[]): EventDraft[] {
  return readings.flatMap((reading) => (reading.kind === 'events' ? reading.events : []))
}

/** The one event of a reading; fails with the rejection otherwise. */
export function onlyEvent(reading: Reading): EventDraft {
  const [event, ...rest] = reading.kind === 'events' ? reading.events : []
  if (event === undefined || rest.length > 0) throw new Error(`not one event: ${JSON.stringify(reading)}`)
  return event
}
