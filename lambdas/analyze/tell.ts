/** Alerts that changed: explained, stored, then published; whatever fails stays pending for the next run. */
import type { Alert } from '../../domain/alert.ts'
import type { ClusterSettings, Settings } from '../../domain/settings.ts'
import { writeAlert } from '../../store/alerts.ts'
import { commitAnalysis, type StoredAnalysis } from '../../store/analysis.ts'
import type { AnalyzePorts } from './analyze.ts'
import { explainAlerts } from './explain.ts'

/** Stores and publishes what is pending, then says that it was done. What shall be quiet is only stored. */
export async function tell(
  settings: Settings,
  done: { readonly cluster: ClusterSettings; readonly committed: StoredAnalysis },
  ports: AnalyzePorts,
): Promise<void> {
  const { committed, cluster } = done
  const left: Alert[] = []
  // Diagnoses stand with the alerts alone: the state, which every run rewrites, does not grow by them.
  const explained = await explainAlerts(cluster, committed.pending, ports)
  for (const [index, alert] of explained.entries()) {
    try {
      const retention = { nowMs: ports.nowMs, days: settings.retention.alertsDays }
      const stored = await writeAlert(ports.tables.alerts, alert, retention)
      if (alert.transitions.at(-1)?.quiet === undefined) await ports.publish(stored)
    } catch (error) {
      left.push(committed.pending[index] ?? alert)
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
      ports.log.warn('an alert could not be told and will be tried again', { alert: alert.id, reason })
    }
  }
  if (left.length === committed.pending.length) return
  await commitAnalysis(ports.tables.state, cluster.name, { before: committed, next: { ...committed, pending: left } })
}
