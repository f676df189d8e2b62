/** What was meant by what was asked: which cluster, which time. */
import type { ClusterSettings, Settings } from '../../domain/settings.ts'
import { instant, minuteMs } from '../../domain/time.ts'

/** The cluster that was meant: the named one, or the only one. */
export function findCluster(settings: Settings, name: string | undefined): ClusterSettings | undefined {
  if (name === undefined) return settings.clusters.length === 1 ? settings.clusters[0] : undefined
  return settings.clusters.find((cluster) => cluster.name === name)
}

/** The span asked for: by default the last `defaultMinutes` until a minute from now. */
export function spanOf(
  query: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
  defaultMinutes: number,
): { from: string; to: string } {
  const until = query.to ?? instant(nowMs + minuteMs)
  return { from: query.from ?? instant(Date.parse(until) - defaultMinutes * minuteMs), to: until }
}
