/** Rows as CSV (RFC 4180), made so that no spreadsheet takes a client's words for a formula. */

export type Row = Readonly<Record<string, unknown>>

/** A header and a line for each row, each ended by CRLF. What is nested is told as JSON, what is absent as nothing. */
export function writeCsv(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => cellOf(row[column])))]
  return lines.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('')
}

/** Numbers are numbers, below zero too; every other text is made harmless. */
function cellOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return defused(typeof value === 'string' ? value : JSON.stringify(value))
}

/**
 * Programs calculate what begins with one of `= + - @`, some in full width too, also after spaces; and where they take
 * `;`, `|`, a tab or a line's end for the end of a cell, another one begins within a text. An apostrophe before it makes
 * a text of it; so it does of what begins with a tab or CR.
 */
function defused(text: string): string {
  return text.replace(/^(?=[\t\r\n])|(?<=^|[;|\t\r\n])(?=\s*[=+\-@＝＋－＠])/gu, "'")
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
