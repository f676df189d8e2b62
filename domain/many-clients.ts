/** Very many clients at once: one alert of the cluster tells how many there are, rather than an alert for each. */
import type { AlertKind, Finding, Judgement, OpenAlerts } from './alert.ts'
import { scopeKey } from './alert-id.ts'
import { mergeClients } from './widespread-finding.ts'

/** Alerts of one kind that speak of one client each; more are not open at once. */
const mostClientAlerts = 50

/** Kinds whose detectors judge clients and nothing else: their alert of the cluster is made here. */
const clientKinds: readonly AlertKind[] = ['takeover_loop', 'client_offline']

/**
 * Keeps the number of open alerts bounded: those that would open beyond it are told as one. While that is open no client
 * gets an alert of its own: they would come one by one as others end.
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
    const alone = clientAlerts(now.open, kind)
    if (all === undefined && fresh.size <= mostClientAlerts - alone) continue
    const rest = bounded.map((each): Judgement => (fresh.has(each) ? { ...each, verdict: 'unseen' } : each))
    const scope = { kind, clearMinutes: [...fresh][0]?.clearMinutes ?? all?.clearMinutes ?? 1 }
    bounded = [...rest, clusterJudgement(scope, [...fresh], { seen: now.seen, alone })]
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
  scope: Pick<Judgement, 'kind' | 'clearMinutes'>,
  clients: readonly Judgement[],
  { seen, alone }: { readonly seen: boolean; readonly alone: number },
): Judgement {
  const findings = clients.flatMap(({ finding }) => finding ?? [])
  const [example] = findings
  if (example === undefined) return { ...scope, verdict: seen ? 'calm' : 'unseen' }
  const others = alone === 0 ? '' : ` besides ${alone} that have one`
  const finding: Finding = {
    severity: findings.some(({ severity }) => severity === 'critical') ? 'critical' : 'warning',
    observed: findings.length,
    expected: 0,
    score: Math.max(...findings.map(({ score }) => score)),
    affected: findings.length,
    summary: `${findings.length} clients at once are too many for an alert each${others}. For example: ${example.summary}`,
    topCauses: [],
    topClients: mergeClients(findings),
  }
  return { ...scope, verdict: 'firing', finding }
}
