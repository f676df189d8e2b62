/** Nobody watches: what happens to the clients of a broker, or of the whole cluster, is not recorded. */
import * as z from 'zod/mini'
import type { Finding, Judgement } from '../alert.ts'
import type { ClusterMinute, Detector } from '../detector.ts'
import { harmless } from '../text.ts'
import type { WatcherBlindSettings } from '../thresholds.ts'

/** Consecutive unseen minutes: of the cluster, and of each broker while others were seen. */
const SavedSchema = z.strictObject({ cluster: z.number(), brokers: z.array(z.tuple([z.string(), z.number()])) })

/** A broker that nobody saw for so long, while others were seen, is taken for removed. */
const removedMinutes = 1440

/**
 * Counts minutes that no watcher saw anything of. A cluster of which nothing is seen is one alert, not one a broker.
 * A minute seen in part is seen: short gaps are shown by the coverage, they wake nobody.
 */
export const watcherBlind: Detector = {
  kind: 'watcher_blind',
  open: ({ recent }) => {
    const read = SavedSchema.safeParse(recent)
    let cluster = read.success ? read.data.cluster : 0
    let brokers = new Map(read.success ? read.data.brokers : [])
    return {
      judge: ({ minute, context }) => {
        const settings = context.detection.watcherBlind
        cluster = minute.coverage === 0 ? cluster + 1 : 0
        brokers = countUnseen(minute, brokers)
        const judgements = [judgementOf(undefined, cluster, settings)]
        for (const { broker, coverage } of minute.brokers) {
          const unseen = coverage === 0 ? (brokers.get(broker) ?? 0) : 0
          // While nothing of the cluster is seen, that is what is told.
          judgements.push(
            coverage === 0 && cluster > 0
              ? { ...scopeOf(broker, settings), verdict: 'unseen' }
              : judgementOf(broker, unseen, settings),
          )
        }
        return { judgements }
      },
      save: () => ({ recent: { cluster, brokers: [...brokers] } }),
    }
  },
}

const allSeen = new Map<string, number>()

function countUnseen(minute: ClusterMinute, before: Map<string, number>): Map<string, number> {
  if (before.size === 0 && minute.brokers.every(({ coverage }) => coverage > 0)) return allSeen
  const counts = new Map<string, number>()
  for (const { broker, coverage } of minute.brokers) {
    if (coverage > 0) continue
    const unseen = (before.get(broker) ?? 0) + (minute.coverage > 0 ? 1 : 0)
    if (unseen > 0) counts.set(broker, unseen)
  }
  return counts
}

function scopeOf(broker: string | undefined, { clearMinutes }: WatcherBlindSettings) {
  return broker === undefined
    ? ({ kind: 'watcher_blind', clearMinutes } as const)
    : ({ kind: 'watcher_blind', broker, clearMinutes } as const)
}

function judgementOf(broker: string | undefined, unseen: number, settings: WatcherBlindSettings): Judgement {
  const scope = scopeOf(broker, settings)
  if (unseen === 0) return { ...scope, verdict: 'calm' }
  if (unseen < settings.openMinutes) return { ...scope, verdict: 'unseen' }
  const removed = broker !== undefined && unseen >= removedMinutes
  return { ...scope, verdict: removed ? 'adopted' : 'firing', finding: findingOf(broker, unseen, settings) }
}

function findingOf(broker: string | undefined, unseen: number, { openMinutes }: WatcherBlindSettings): Finding {
  const what = broker === undefined ? 'the cluster' : harmless(broker, 100)
  const lasting = `Nothing of ${what} has been watched for ${unseen} minutes`
  return {
    severity: broker === undefined ? 'critical' : 'warning',
    observed: unseen,
    expected: 0,
    upper: openMinutes,
    score: Math.round((10 * unseen) / openMinutes) / 10,
    summary:
      broker !== undefined && unseen >= removedMinutes
        ? `${lasting}, while others were: it is taken for removed.`
        : `${lasting}: what happens to its clients is not recorded. GET /v1/coverage says why.`,
    topCauses: [],
    topClients: [],
  }
}
