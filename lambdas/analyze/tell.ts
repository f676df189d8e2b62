/** Alerts that changed: stored, then published; whatever fails stays pending for the next run. */
import type { Alert } from '../../domain/alert.ts'
import type { Settings } from '../../domain/settings.ts'
import { writeAlert } from '../../store/alerts.ts'
import { commitAnalysis, type StoredAnalysis } from '../../store/analysis.ts'
import type { AnalyzePorts } from './analyze.ts'

/** Stores and publishes what is pending, then says that it was done. What shall be quiet is only stored. */
export async function tell(
  settings: Settings,
  done: { readonly cluster: string; readonly committed: StoredAnalysis },
  ports: AnalyzePorts,
): Promise<void> {
  const { committed, cluster } = done
  const left: Alert[] = []
  for (const alert of committed.pending) {
    try {
      await writeAlert(ports.tables.alerts, alert, { nowMs: ports.nowMs, days: settings.retention.alertsDays })
      if (alert.transitions.at(-1)?.quiet === undefined) await ports.publish(alert)
    } catch (error) {
      left.push(alert)
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
      ports.log.warn('an alert could not be told and will be tried again', { alert: alert.id, reason })
    }
  }
  if (left.length === committed.pending.length) return
  await commitAnalysis(ports.tables.state, cluster, { before: committed, next: { ...committed, pending: left } })
}
