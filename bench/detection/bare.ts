/** Minutes as other systems may have recorded them: counts by cause and how many were connected, nothing of clients. */
import type { ClusterMinute } from '../../domain/detector.ts'
import { abnormalOf } from '../../domain/minute.ts'

export function bareMinute(minute: ClusterMinute): ClusterMinute {
  return {
    ...minute,
    brokers: minute.brokers.map((each) => ({
      cluster: each.cluster,
      broker: each.broker,
      minute: each.minute,
      coverage: each.coverage,
      connects: each.connects,
      refused: each.refused,
      disconnects: each.disconnects,
      abnormal: abnormalOf(each.disconnects),
      ...(each.connected === undefined ? {} : { connected: each.connected }),
      gauges: {},
      topClients: [],
    })),
  }
}
