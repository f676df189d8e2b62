/** A parsed line → what was recorded. Checked by hand, for there are millions. */
import { SteppedMinuteSchema } from '../../api/minutes.ts'
import { SampleNameSchema } from '../../domain/batch.ts'
import { causeNames } from '../../domain/cause.ts'
import { abnormalOf, type Minute, MinuteSchema, type TopClient } from '../../domain/minute.ts'
import { faultsOf, faultText } from '../../domain/settings-check.ts'
import { harmless } from '../../domain/text.ts'
import { createMinuteClock } from './minute-clock.ts'
import { longestName, mostWeight, type Recorded, RecordedSchema } from './recorded.ts'
import type { Remarks } from './remarks.ts'

/** Reads a value; undefined where it was refused. `line` is its number, 0 where it came in no line. */
export type Reader = (value: unknown, line: number) => Recorded | undefined

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }
type Values = Readonly<Record<string, unknown>>
/** Says that something is used otherwise than it stands. */
type Note = (words: string) => void

const fields: ReadonlySet<string> = new Set([...Object.keys(SteppedMinuteSchema.shape), 'weight'])
const clientFields: ReadonlySet<string> = new Set([
  'clientId',
  'disconnects',
  'graceful',
  'attempts',
  'takeovers',
  'peers',
])
const knownCauses: ReadonlySet<string> = new Set(causeNames)
const knownGauges: ReadonlySet<string> = new Set(SampleNameSchema.options)
const { topPeers: topPeersSchema, watched: watchedSchema } = MinuteSchema.shape
const mostTopClients = 10
const mostPeers = 4

export function createReader(remarks: Remarks): Reader {
  const clock = createMinuteClock()
  let line = 0
  const note: Note = (words) => remarks.note(words, () => placeOf(line))

  const read = (value: Values): Recorded | undefined => {
    const { cluster, broker, coverage, connected, abnormal, refusedByCode, weight } = value
    const time = typeof value['minute'] === 'string' ? clock(value['minute']) : undefined
    if (time === undefined || !isName(cluster) || !isName(broker)) return undefined
    if (!isUpTo(coverage, 1) || !(isAbsent(weight) || isUpTo(weight, mostWeight))) return undefined
    if (!isAbsent(value['stepMinutes']) && value['stepMinutes'] !== 1) return undefined
    const seen = coverage > 0 ? value : blindValues(value)
    const { connects, refused } = seen
    const disconnects = readDisconnects(seen['disconnects'], note)
    const gauges = readGauges(value['gauges'], note)
    const topClients = readClients(value['topClients'], note)
    if (!isCount(connects) || !isCount(refused) || disconnects === undefined) return undefined
    if (gauges === undefined || topClients === undefined) return undefined
    const minute: Mutable<Minute> = {
      cluster,
      broker,
      minute: time.text,
      coverage,
      connects,
      refused,
      disconnects,
      abnormal: 0,
      gauges,
      topClients,
    }
    if (isCount(abnormal)) minute.abnormal = abnormal
    else if (isAbsent(abnormal)) minute.abnormal = abnormalOf(disconnects, topClients)
    else return undefined
    if (isCount(connected)) minute.connected = connected
    else if (!isAbsent(connected)) return undefined
    if (isCounts(refusedByCode)) minute.refusedByCode = refusedByCode
    else if (!isAbsent(refusedByCode)) return undefined
    const { topPeers, watched } = value
    if (!isAbsent(topPeers) || !isAbsent(watched)) {
      const checkedPeers = topPeersSchema.safeParse(topPeers ?? undefined)
      const checkedWatched = watchedSchema.safeParse(watched ?? undefined)
      if (!checkedPeers.success || !checkedWatched.success) return undefined
      if (checkedPeers.data !== undefined) minute.topPeers = checkedPeers.data
      if (checkedWatched.data !== undefined) minute.watched = checkedWatched.data
    }
    return { startMs: time.startMs, minute, weight: weight ?? undefined, line }
  }

  return (value, number) => {
    line = number
    if (isValues(value)) {
      const recorded = read(value)
      if (recorded !== undefined) {
        for (const field in value) if (!fields.has(field)) note(`the field ${quoted(field)} is not read`)
        return recorded
      }
    }
    remarks.refuse('unreadable', () => `${placeOf(number)}: ${explain(value)}`)
    return undefined
  }
}

/** At coverage 0 the counts mean nothing: they may be missing. */
function blindValues(value: Values): Values {
  return {
    connects: value['connects'] ?? 0,
    refused: value['refused'] ?? 0,
    disconnects: value['disconnects'] ?? {},
  }
}

function readDisconnects(value: unknown, note: Note): Minute['disconnects'] | undefined {
  if (!isCounts(value)) return undefined
  if (isByCause(value)) return value
  const byCause: Record<string, number> = {}
  for (const [name, count] of Object.entries(value)) {
    const cause = knownCauses.has(name) ? name : 'unknown'
    if (cause !== name) note(`the cause ${quoted(name)} is none of the documented ones and counts as "unknown"`)
    byCause[cause] = (byCause[cause] ?? 0) + count
  }
  return isByCause(byCause) ? byCause : undefined
}

function isByCause(value: Readonly<Record<string, number>>): value is Minute['disconnects'] {
  for (const name in value) if (!knownCauses.has(name)) return false
  return true
}

function readGauges(value: unknown, note: Note): Minute['gauges'] | undefined {
  if (isAbsent(value)) return {}
  if (!isFigures(value)) return undefined
  if (isByGauge(value)) return value
  const known = Object.fromEntries(
    Object.entries(value).filter(([name]) => {
      if (!knownGauges.has(name)) note(`the gauge ${quoted(name)} is not read`)
      return knownGauges.has(name)
    }),
  )
  return isByGauge(known) ? known : undefined
}

function isByGauge(value: Readonly<Record<string, number>>): value is Minute['gauges'] {
  for (const name in value) if (!knownGauges.has(name)) return false
  return true
}

function readClients(value: unknown, note: Note): TopClient[] | undefined {
  if (isAbsent(value)) return []
  if (!Array.isArray(value)) return undefined
  if (value.length > mostTopClients) note(`of topClients the first ${mostTopClients} are read`)
  const clients: TopClient[] = []
  for (let index = 0; index < value.length; index += 1) {
    const client = readClient(value[index], note)
    if (client === undefined) return undefined
    if (index < mostTopClients) clients.push(client)
  }
  return clients
}

function readClient(value: unknown, note: Note): TopClient | undefined {
  if (!isValues(value)) return undefined
  const { clientId, disconnects, graceful, attempts, takeovers, peers } = value
  if (typeof clientId !== 'string' || !isCount(disconnects)) return undefined
  const client: Mutable<TopClient> = { clientId, disconnects }
  if (isCount(graceful)) client.graceful = graceful
  else if (!isAbsent(graceful)) return undefined
  if (isCount(attempts)) client.attempts = attempts
  else if (!isAbsent(attempts)) return undefined
  if (isCount(takeovers)) client.takeovers = takeovers
  else if (!isAbsent(takeovers)) return undefined
  if (isTexts(peers)) client.peers = peers.slice(0, mostPeers)
  else if (!isAbsent(peers)) return undefined
  for (const field in value) if (!clientFields.has(field)) note(`the field topClients[].${quoted(field)} is not read`)
  return client
}

/** Says what is wrong with a value that was refused. */
function explain(value: unknown): string {
  const told = isValues(value) && value['coverage'] === 0 ? { ...value, ...blindValues(value) } : value
  const { error } = RecordedSchema.safeParse(told)
  return (
    error?.issues
      .flatMap((issue) => faultsOf(issue, told))
      .map(faultText)
      .join('; ') ?? 'cannot be used'
  )
}

const placeOf = (line: number) => (line === 0 ? 'a stored minute' : `line ${line}`)

const quoted = (name: string) => `"${harmless(name, 60)}"`

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const isUpTo = (value: unknown, most: number): value is number =>
  typeof value === 'number' && value >= 0 && value <= most

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= longestName

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

function isCounts(value: unknown): value is Record<string, number> {
  if (!isValues(value)) return false
  for (const key in value) if (!isCount(value[key])) return false
  return true
}

function isFigures(value: unknown): value is Record<string, number> {
  if (!isValues(value)) return false
  for (const key in value) if (!Number.isFinite(value[key])) return false
  return true
}
