/** mosquitto: the time in front of a log line: epoch seconds unless `log_timestamp_format` says otherwise, or none. */

/** What stands before a line, and the line itself. */
export interface Stamp {
  /** As printed; absent where the line has none. */
  readonly text?: string
  /** Present where it names an instant: epoch seconds, or a date and time with its zone. */
  readonly epochMs?: number
  readonly rest: string
  /** Before a sentence that would be known stands what is no time stamp that we know. */
  readonly strange: boolean
}

const head =
  '(?:New (?:client|bridge) connected |Client |Bad socket read/write on client |Socket error on client |mosquitto version )'
const known = new RegExp(`^${head}`)
const later = new RegExp(`: ${head}`)
const mostStampCharacters = 64
const names =
  /^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|January|February|March|April|June|July|August|September|October|November|December|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|[A-Z]{1,5})$/

/** Splits a line. Only what is shaped like a time counts as one: other lines carry clients' words in front of `: `. */
export function stampOf(line: string): Stamp {
  const epoch = /^(\d{1,12}): /.exec(line)
  if (epoch?.[1] !== undefined) {
    return { text: epoch[1], epochMs: Number(epoch[1]) * 1000, rest: line.slice(epoch[0].length), strange: false }
  }
  if (known.test(line)) return { rest: line, strange: false }
  const end = later.exec(line.slice(0, mostStampCharacters + 40))?.index ?? -1
  const text = line.slice(0, end)
  if (end < 0) return { rest: line, strange: false }
  if (!isTimeLike(text)) return { rest: line, strange: true }
  const epochMs = zonedMs(text)
  return { text, ...(epochMs === undefined ? {} : { epochMs }), rest: line.slice(end + 2), strange: false }
}

function isTimeLike(text: string): boolean {
  if (text.length > mostStampCharacters || !/\d\d/.test(text) || !/^[\x20-\x7e]*$/.test(text)) return false
  return (text.match(/[A-Za-z]+/g) ?? []).every((word) => names.test(word))
}

function zonedMs(text: string): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d) ?(Z|[+-]\d\d:?\d\d)$/.exec(text)
  if (!parts) return undefined
  const [, date, time, zone = ''] = parts
  const epochMs = Date.parse(`${date}T${time}${zone.replace(/^([+-]\d\d):?/, '$1:')}`)
  return Number.isNaN(epochMs) ? undefined : epochMs
}
