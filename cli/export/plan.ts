/** What an export asks for, in which order: data, so that it can be kept beside the file and gone on with. Pure. */
import * as z from 'zod/mini'
import { instant, minuteMs } from '../../domain/time.ts'

export const exported = ['events', 'minutes', 'alerts', 'clients', 'silences'] as const
export type Exported = (typeof exported)[number]
export const formats = ['jsonl', 'csv'] as const

const BrokerSchema = z.object({ cluster: z.string(), broker: z.string(), weight: z.number() })

/** Everything that the export depends on, settled when it began. */
export const PlanSchema = z.object({
  what: z.enum(exported),
  format: z.enum(formats),
  /** Instants; of silences they mean nothing. */
  from: z.string(),
  to: z.string(),
  /** Undefined: all there are. */
  cluster: z.optional(z.string()),
  broker: z.optional(z.string()),
  clientId: z.optional(z.string()),
  clusters: z.array(z.string()),
  brokers: z.array(BrokerSchema),
})
export type Plan = Readonly<z.infer<typeof PlanSchema>>

/** Pages that follow each other: a list of the API, or a span of time of all brokers. */
export type Leg =
  | { readonly of: 'list' }
  | { readonly of: 'cluster'; readonly cluster: string }
  | { readonly of: 'broker'; readonly cluster: string; readonly broker: string }
  | { readonly of: 'span'; readonly fromMs: number; readonly toMs: number }

/** Minutes of all brokers together that are held at once to put them in order of time. */
const heldMinutes = 20_000
/** A page of the API holds so many. */
const pageMinutes = 1000

/** The legs of an export, in the order in which they are written. The same plan gives the same legs. */
export function legsOf({ what, from, to, clientId, clusters, brokers }: Plan): readonly Leg[] {
  if (what === 'clients') return clusters.map((cluster) => ({ of: 'cluster', cluster }))
  if (what === 'events' && clientId === undefined) {
    return brokers.map(({ cluster, broker }) => ({ of: 'broker', cluster, broker }))
  }
  if (what !== 'minutes') return [{ of: 'list' }]
  if (brokers.length === 0) return []
  const spanMs = Math.max(10, Math.min(pageMinutes, Math.floor(heldMinutes / brokers.length))) * minuteMs
  const endMs = Date.parse(to)
  const legs: Leg[] = []
  for (let fromMs = Date.parse(from); fromMs < endMs; fromMs += spanMs) {
    legs.push({ of: 'span', fromMs, toMs: Math.min(endMs, fromMs + spanMs) })
  }
  return legs
}

/** Which part of all this leg is, for people. */
export function legText(leg: Leg): string {
  if (leg.of === 'list') return ''
  if (leg.of === 'span') return `${instant(leg.fromMs).slice(0, 16)}Z`
  return leg.of === 'cluster' ? leg.cluster : `${leg.cluster}/${leg.broker}`
}
