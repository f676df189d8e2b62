/** A cluster's settings → what its detectors ask every minute. */
import type { ClusterContext } from './detector.ts'
import { type ClusterSettings, detectionOf, type Settings } from './settings.ts'
import type { Detection } from './thresholds.ts'
import { minuteMs } from './time.ts'

/** Makes the context once; what it answers depends on nothing but the settings. */
export function contextOf(settings: Pick<Settings, 'detection'>, cluster: ClusterSettings): ClusterContext {
  const detection = detectionOf(settings, cluster)
  const named = new Map(cluster.brokers.map((broker) => [broker.name, broker]))
  const detections = new Map<string, Detection>()
  const windows = cluster.maintenance.map(({ from, to, brokers }) => ({
    fromMs: Date.parse(from),
    toMs: Date.parse(to),
    brokers: brokers && new Set(brokers),
  }))
  const allowed = detection.limits['disconnect-duration']
  const offlineMinutes = allowed === undefined ? detection.clientOffline.offlineMinutes : allowed.durationSeconds / 60
  return {
    cluster: cluster.name,
    timezone: cluster.timezone,
    detection,
    detectionOf: (broker) => {
      if (!named.has(broker)) return detection
      const known = detections.get(broker) ?? detectionOf(settings, cluster, broker)
      detections.set(broker, known)
      return known
    },
    weightOf: (broker) => named.get(broker)?.weight ?? 1,
    maximumConnectionsOf: (broker) => named.get(broker)?.maximumConnections,
    watchedClients: new Map(
      cluster.watchedClients.map((client) => [client.clientId, client.offlineMinutes ?? offlineMinutes]),
    ),
    inMaintenance: (startMs, broker) =>
      windows.some(
        ({ fromMs, toMs, brokers }) =>
          startMs + minuteMs > fromMs &&
          startMs < toMs &&
          (brokers === undefined || (broker !== undefined && brokers.has(broker))),
      ),
  }
}
