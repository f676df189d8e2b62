/** In which forms an operation's answer can be told: JSON, and lists as CSV and JSON Lines too. */
import * as z from 'zod/mini'
import type { Operation } from '../../api/operation.ts'
import { type Row, writeCsv } from '../../api/csv.ts'

export interface Format {
  readonly mediaType: string
  readonly contentType: string
  readonly write: (answer: unknown) => string
}

const json: Format = { mediaType: 'application/json', contentType: 'application/json', write: JSON.stringify }

/** The forms of an operation's answer; the first is told where nothing was asked for. */
export function formatsOf({ answer, rows }: Operation): readonly Format[] {
  if (rows === undefined) return [json]
  const columns = columnsOf(answer, rows)
  return [
    json,
    {
      mediaType: 'text/csv',
      contentType: 'text/csv; charset=utf-8; header=present',
      write: (told) => writeCsv(columns, rowsOf(told, rows)),
    },
    {
      mediaType: 'application/x-ndjson',
      contentType: 'application/x-ndjson',
      write: (told) =>
        rowsOf(told, rows)
          .map((row) => `${JSON.stringify(row)}\n`)
          .join(''),
    },
  ]
}

/** The names of a row's fields, as its schema has them: the same for every page. */
export function columnsOf(answer: z.ZodMiniType, rows: string): readonly string[] {
  return Object.keys(rowSchema(answer, rows).shape)
}

/**
 * The schema of one row of a list.
 * @throws Error when the answer has no such list of objects, which is a fault of the operation's description.
 */
export function rowSchema(answer: z.ZodMiniType, rows: string): z.ZodMiniObject {
  const list = answer instanceof z.ZodMiniObject ? answer.shape[rows] : undefined
  const row = list instanceof z.ZodMiniArray ? list.def.element : undefined
  if (row instanceof z.ZodMiniObject) return row
  throw new Error(`An answer has no list of objects called ${rows}`)
}

const RowsSchema = z.array(z.record(z.string(), z.unknown()))

/** The rows of a list's answer. */
export function rowsOf(answer: unknown, rows: string): readonly Row[] {
  return z.object({ [rows]: RowsSchema }).parse(answer)[rows] ?? []
}

/** The place from which a list goes on, where it says one. */
export function nextIn(answer: unknown): string | undefined {
  const parsed = z.object({ next: z.optional(z.string()) }).safeParse(answer)
  return parsed.success ? parsed.data.next : undefined
}
