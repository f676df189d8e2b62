/** A broker's simulated minute → what Keepwatch would have derived of it, by what was watched. */
import { causeNames, causes } from '../../domain/cause.ts'
import type { Minute, TopClient } from '../../domain/minute.ts'
import type { Random } from './random.ts'
import type { Fleet, Told } from './scenario.ts'

const causeCount = causeNames.length
const abnormal = causeNames.map((cause) => causes[cause].abnormal)
const takenOver = causeNames.indexOf('session_taken_over')
const nobody: TopClient[] = []
/** Not authorized. */
const usualCode = '135'
const noGauges: Minute['gauges'] = {}

export function tellMinute(seen: {
  readonly cluster: string
  readonly broker: string
  readonly at: string
  readonly index: number
  readonly fleet: Fleet
  readonly counts: Int32Array
  readonly connects: number
  readonly refused: number
  readonly told: Told | undefined
  readonly random: Random
}): Minute {
  const { cluster, broker, at, index, fleet, counts, told, random } = seen
  const silent = fleet.silent[index]
  const coverage = fleet.coverage[index] ?? 1
  if (coverage === 0 || silent !== undefined) {
    const empty = { connects: 0, refused: 0, disconnects: {}, abnormal: 0, gauges: noGauges, topClients: nobody }
    const stale = coverage === 0 || silent?.connected === undefined ? {} : { connected: silent.connected }
    return { cluster, broker, minute: at, coverage, ...empty, ...stale }
  }
  const exact = coverage === 1 && fleet.repeated[index] === 1
  const share = exact ? 1 : coverage * (fleet.repeated[index] ?? 1)
  const part = (count: number) =>
    exact ? count : share > 1 ? Math.round(count * share) : random.binomial(count, share)
  const offset = index * causeCount
  const disconnects: Minute['disconnects'] = {}
  let bad = 0
  for (let cause = 0; cause < causeCount; cause += 1) {
    const all = counts[offset + cause] ?? 0
    const extra = told === undefined ? 0 : extraOf(told, cause)
    if (all + extra === 0) continue
    const count = part(all)
    const added = extra === 0 ? 0 : part(extra)
    if (count + added === 0) continue
    const name = causeNames[cause] ?? 'unknown'
    disconnects[name] = count + added
    // Of take-overs only those of clients that had several.
    bad += abnormal[cause] ? count + added : cause === takenOver ? added : 0
  }
  const refused = part(seen.refused + (told?.refused?.count ?? 0))
  const again = (told?.takeovers ?? 0) + (told?.reconnects?.count ?? 0)
  const minute: Minute = {
    cluster,
    broker,
    minute: at,
    coverage,
    connects: part(seen.connects + again),
    refused,
    disconnects,
    abnormal: bad,
    connected: fleet.connected[index] ?? 0,
    gauges: told?.gauges ?? noGauges,
    topClients: told?.topClients === undefined ? nobody : [...told.topClients],
  }
  if (refused === 0 && told?.watched === undefined) return minute
  const wave = Math.min(refused, part(told?.refused?.count ?? 0))
  const codes = {
    ...(wave < refused ? { [usualCode]: refused - wave } : {}),
    ...(wave > 0 ? { [told?.refused?.code ?? '']: wave } : {}),
  }
  return {
    ...minute,
    ...(refused > 0 ? { refusedByCode: codes } : {}),
    ...(told?.watched === undefined ? {} : { watched: told.watched }),
  }
}

function extraOf(told: Told, cause: number): number {
  if (cause === takenOver) return told.takeovers ?? 0
  return told.reconnects !== undefined && causeNames[cause] === told.reconnects.cause ? told.reconnects.count : 0
}
