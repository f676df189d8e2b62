/** The findings of several brokers at once → one finding that speaks for the cluster. */
import * as z from 'zod/mini'
import { type AlertKind, type Finding, SeveritySchema } from './alert.ts'
import { CauseSchema } from './cause.ts'
import type { TopClient, TopPeer } from './minute.ts'

/** What a broker fired with: enough to sum it up while it counts. */
export const FiredSchema = z.strictObject({
  atMs: z.number(),
  severity: SeveritySchema,
  observed: z.number(),
  expected: z.number(),
  upper: z.optional(z.number()),
  windowMinutes: z.optional(z.number()),
  score: z.number(),
  cold: z.optional(z.boolean()),
  topCauses: z.array(z.strictObject({ cause: CauseSchema, count: z.number() })),
})
export type Fired = Readonly<z.infer<typeof FiredSchema>>

interface Wording {
  /** What happens, before `on 3 of 4 brokers at once`. */
  readonly what: string
  /** What is counted. Without it the figures are no counts, and the broker that is worst speaks. */
  readonly counted?: string
}
/** Kinds of which many brokers at once are one incident. */
export const widespreadKinds: Readonly<Partial<Record<AlertKind, Wording>>> = {
  disconnect_rate: { what: 'Clients dropped', counted: 'connections ended abnormally' },
  reconnect_storm: { what: 'Clients reconnect again and again', counted: 'connects' },
  refused_rate: { what: 'Connections are refused', counted: 'refused attempts' },
  broker_silent: { what: 'There is silence', counted: 'events' },
  resources: { what: 'A ceiling is near' },
}

const namedBrokers = 5
const listed = 5

export function fired(atMs: number, finding: Finding): Fired {
  const { severity, observed, expected, upper, windowMinutes, score, cold } = finding
  const topCauses = finding.topCauses.slice(0, listed)
  return { atMs, severity, observed, expected, upper, windowMinutes, score, cold, topCauses }
}

/** Sums up what brokers fired with; `now` are the findings of this minute, of which there is at least one. */
export function widespreadFinding(
  { what, counted }: Wording,
  brokers: ReadonlyMap<string, Fired>,
  now: readonly Finding[],
  brokersInAll: number,
): Finding {
  const all = [...brokers.values()]
  const worst = now.reduce((a, b) => (b.score > a.score ? b : a))
  const figures = counted === undefined ? worst : sumOf(all)
  const windowMinutes = Math.max(0, ...all.map((each) => each.windowMinutes ?? 0))
  const topCauses = mergeCauses(all)
  const where = `${what} on ${brokers.size} of ${brokersInAll} brokers at once (${namesOf([...brokers.keys()])})`
  const within = windowMinutes > 0 ? ` within ${windowMinutes} min` : ''
  const said =
    counted === undefined
      ? `${where}. The worst: ${worst.summary}`
      : `${where}: ${figures.observed} ${counted}${within}, about ${figures.expected} were to be expected.${causesText(topCauses)}`
  return {
    severity: all.some(({ severity }) => severity === 'critical') ? 'critical' : 'warning',
    observed: figures.observed,
    expected: figures.expected,
    ...(figures.upper === undefined ? {} : { upper: figures.upper }),
    ...(windowMinutes > 0 ? { windowMinutes } : {}),
    score: Math.max(...all.map(({ score }) => score)),
    ...(all.some(({ cold }) => cold === true) ? { cold: true } : {}),
    affected: brokers.size,
    summary: said,
    topCauses,
    topClients: mergeClients(now),
    topPeers: mergePeers(now),
  }
}

function sumOf(all: readonly Fired[]): { observed: number; expected: number; upper: number | undefined } {
  const uppers = all.flatMap(({ upper }) => upper ?? [])
  return {
    observed: sum(all.map(({ observed }) => observed)),
    expected: sum(all.map(({ expected }) => expected)),
    upper: uppers.length === all.length ? sum(uppers) : undefined,
  }
}

/** In order of size, so that it does not matter which broker is which. */
function sum(values: readonly number[]): number {
  const total = values.toSorted((a, b) => a - b).reduce((a, b) => a + b, 0)
  return Math.round(total * 10) / 10
}

function mergeCauses(all: readonly Fired[]): Fired['topCauses'] {
  const counts = new Map<Fired['topCauses'][number]['cause'], number>()
  for (const { topCauses } of all) {
    for (const { cause, count } of topCauses) counts.set(cause, (counts.get(cause) ?? 0) + count)
  }
  return [...counts]
    .map(([cause, count]) => ({ cause, count }))
    .toSorted((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1))
    .slice(0, listed)
}

/** A client that several findings name is one, with the sums of what it did. */
export function mergeClients(findings: readonly Finding[]): TopClient[] {
  const clients = new Map<string, TopClient>()
  for (const client of findings.flatMap(({ topClients }) => topClients)) {
    const known = clients.get(client.clientId)
    clients.set(client.clientId, known === undefined ? client : both(known, client))
  }
  return [...clients.values()]
    .toSorted((a, b) => b.disconnects - a.disconnects || (a.clientId < b.clientId ? -1 : 1))
    .slice(0, listed)
}

function both(a: TopClient, b: TopClient): TopClient {
  const attempts = (a.attempts ?? 0) + (b.attempts ?? 0)
  const takeovers = (a.takeovers ?? 0) + (b.takeovers ?? 0)
  const peers = [...new Set([...(a.peers ?? []), ...(b.peers ?? [])])].slice(0, 4)
  return {
    clientId: a.clientId,
    disconnects: a.disconnects + b.disconnects,
    ...(attempts > 0 ? { attempts } : {}),
    ...(takeovers > 0 ? { takeovers } : {}),
    ...(peers.length > 0 ? { peers } : {}),
  }
}

function mergePeers(findings: readonly Finding[]): TopPeer[] {
  const peers = new Map<string, number>()
  for (const { peer, disconnects } of findings.flatMap(({ topPeers }) => topPeers ?? [])) {
    peers.set(peer, (peers.get(peer) ?? 0) + disconnects)
  }
  return [...peers]
    .map(([peer, disconnects]) => ({ peer, disconnects }))
    .toSorted((a, b) => b.disconnects - a.disconnects || (a.peer < b.peer ? -1 : 1))
    .slice(0, listed)
}

function namesOf(brokers: readonly string[]): string {
  const names = brokers.toSorted().slice(0, namedBrokers).join(', ')
  return brokers.length > namedBrokers ? `${names} and ${brokers.length - namedBrokers} more` : names
}

function causesText(topCauses: Fired['topCauses']): string {
  if (topCauses.length === 0) return ''
  return ` Causes as the brokers tell: ${topCauses.map(({ cause, count }) => `${count} × ${cause}`).join(', ')}.`
}
