/** Asks for what an export writes: one page of one leg at a time. */
import * as z from 'zod/mini'
import { alertList, silences } from '../../api/alerts.ts'
import { foundClients } from '../../api/clients.ts'
import { brokerHistory, clientHistory } from '../../api/events.ts'
import { AlertSchema } from '../../domain/alert.ts'
import { MinuteSchema } from '../../domain/minute.ts'
import { JoinedEventSchema } from '../../domain/session.ts'
import { SilenceSchema } from '../../domain/silence.ts'
import type { Row } from '../../api/csv.ts'
import { ask } from '../client.ts'
import { minutesOf } from '../replay/stored.ts'
import type { Target } from '../target.ts'
import type { Exported, Leg, Plan } from './plan.ts'

export interface Page {
  readonly rows: readonly Row[]
  /** Of the page behind it; undefined: the leg ends. */
  readonly next: string | undefined
}

/** Columns of a CSV file: the same for every page. */
export const columnsOf: Readonly<Record<Exported, readonly string[]>> = {
  events: Object.keys(JoinedEventSchema.shape),
  minutes: [...Object.keys(MinuteSchema.shape), 'weight'],
  alerts: Object.keys(AlertSchema.shape),
  clients: ['cluster', ...Object.keys(foundClients.answer.shape.clients.def.element.shape)],
  silences: Object.keys(SilenceSchema.shape),
}
/** The field that tells how far an export is. */
export const timeOf: Readonly<Record<Exported, string>> = {
  events: 'at',
  minutes: 'minute',
  alerts: 'openedAt',
  clients: 'lastMinute',
  silences: 'to',
}

const limit = '1000'
const askedAtOnce = 8
const RowSchema = z.record(z.string(), z.unknown())
const kept = new Set(columnsOf.minutes)

/** One page. */
export async function readPage(target: Target, plan: Plan, leg: Leg, cursor: string | undefined): Promise<Page> {
  const { from, to, cluster, broker, clientId } = plan
  if (leg.of === 'span') return { rows: await minutesOfAll(target, plan, leg), next: undefined }
  if (leg.of === 'broker') {
    const params = { cluster: leg.cluster, broker: leg.broker }
    const { events, next } = await ask(target, brokerHistory, { params, query: { from, to, limit, cursor } })
    return { rows: events, next }
  }
  if (leg.of === 'cluster') {
    const query = { from, to, broker, limit }
    const { clients } = await ask(target, foundClients, { params: { cluster: leg.cluster }, query })
    return { rows: clients.map((each) => ({ cluster: leg.cluster, ...each })), next: undefined }
  }
  if (clientId !== undefined) {
    const query = { clientId, cluster, broker, from, to, limit, cursor }
    const { events, next } = await ask(target, clientHistory, { query })
    return { rows: events, next }
  }
  if (plan.what === 'alerts') {
    const { alerts, next } = await ask(target, alertList, { query: { cluster, broker, from, to, limit, cursor } })
    return { rows: alerts, next }
  }
  const answer = await ask(target, silences, { query: { cluster } })
  return { rows: answer.silences, next: undefined }
}

/** Minutes of every broker in a span, in order of time, as a replay reads them. */
async function minutesOfAll(
  target: Target,
  { brokers }: Plan,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<Row[]> {
  const rows: { readonly at: string; readonly row: Row }[] = []
  for (let first = 0; first < brokers.length; first += askedAtOnce) {
    const some = brokers.slice(first, first + askedAtOnce)
    const lists = await Promise.all(some.map(async (each) => minutesOf(target, each, { startMs: fromMs, endMs: toMs })))
    lists.forEach((list, index) => {
      for (const found of list) {
        const minute = RowSchema.parse(found)
        const row = Object.fromEntries(Object.entries(minute).filter(([name]) => kept.has(name)))
        rows.push({ at: String(minute['minute']), row: { ...row, weight: some[index]?.weight } })
      }
    })
  }
  return rows.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ row }) => row)
}
