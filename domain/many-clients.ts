/** Very many clients with an alert of one kind: beyond a number, one alert of the cluster tells how many more there are. */
import type { AlertKind, Finding, Judgement, OpenAlerts } from './alert.ts'
import { scopeKey } from './alert-id.ts'
import { mergeClients } from './widespread-finding.ts'

/** Alerts of one kind that speak of one client each; more are not opened. */
export const mostClientAlerts = 50

/** Kinds whose detectors judge clients and nothing else: their alert of the cluster is made here. */
const clientKinds: readonly AlertKind[] = ['takeover_loop', 'client_offline']

/**
 * Keeps the number of open alerts bounded. While one alert tells of the clients beyond it, no client gets an alert of
 * its own: they would come one by one as others end.
 */
export function boundClients(
  judgements: readonly Judgement[],
  now: { readonly open: OpenAlerts; readonly seen: boolean },
): readonly Judgement[] {
  let bounded = judgements
  for (const kind of clientKinds) {
    const all = now.open[scopeKey({ kind })]
    const fresh = new Set(bounded.filter((each) => isFresh(each, kind, now.open)))
    if (all === undefined && fresh.size === 0) continue
    const room = mostClientAlerts - clientAlerts(now.open, kind)
    if (all === undefined && fresh.size <= room) continue
    // Those with room open; all others are told as one.
    const beyond = new Set([...fresh].slice(all === undefined ? Math.max(0, room) : 0))
    const rest = bounded.map((each): Judgement => (beyond.has(each) ? { ...each, verdict: 'unseen' } : each))
    bounded = [...rest, clusterJudgement(kind, [...beyond], all?.clearMinutes, now.seen)]
  }
  return bounded
}

function isFresh(each: Judgement, kind: AlertKind, open: OpenAlerts): boolean {
  const { verdict, clientId, finding } = each
  if (each.kind !== kind || verdict !== 'firing' || clientId === undefined || finding === undefined) return false
  return open[scopeKey(each)] === undefined
}

function clientAlerts(open: OpenAlerts, kind: AlertKind): number {
  return Object.values(open).filter(({ alert }) => alert.kind === kind && alert.clientId !== undefined).length
}

function clusterJudgement(
  kind: AlertKind,
  beyond: readonly Judgement[],
  clearMinutes: number | undefined,
  seen: boolean,
): Judgement {
  const [first] = beyond
  const scope = { kind, clearMinutes: first?.clearMinutes ?? clearMinutes ?? 1 }
  const findings = beyond.flatMap(({ finding }) => finding ?? [])
  const [example] = findings
  if (example === undefined) return { ...scope, verdict: seen ? 'calm' : 'unseen' }
  const finding: Finding = {
    severity: findings.some(({ severity }) => severity === 'critical') ? 'critical' : 'warning',
    observed: findings.length,
    expected: 0,
    score: Math.max(...findings.map(({ score }) => score)),
    affected: findings.length,
    summary: `Too many clients for an alert each: ${findings.length} beside the ${mostClientAlerts} that have one or had. For example: ${example.summary}`,
    topCauses: [],
    topClients: mergeClients(findings),
  }
  return { ...scope, verdict: 'firing', finding }
}
