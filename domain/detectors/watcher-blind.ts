/** Nobody watches: what happens to the clients of a broker, or of the whole cluster, is not recorded. */
import * as z from 'zod/mini'
import type { Finding, Judgement } from '../alert.ts'
import type { Detector } from '../detector.ts'
import { harmless } from '../text.ts'
import type { WatcherBlindSettings } from '../thresholds.ts'

const SavedSchema = z.strictObject({
  /** Consecutive minutes in which nothing of the cluster was seen. */
  cluster: z.number(),
  /** The same of each broker, counting those in which others were seen. */
  brokers: z.array(z.tuple([z.string(), z.number()])),
  /** Of what it was told that nobody watches: these have to be told calm. The cluster is the empty name. */
  told: z.array(z.string()),
})

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
    const brokers = new Map(read.success ? read.data.brokers : [])
    const told = new Set(read.success ? read.data.told : [])
    return {
      judge: ({ minute, context }) => {
        const settings = context.detection.watcherBlind
        const judgements: Judgement[] = []
        const say = (broker: string | undefined, unseen: number) => {
          if (unseen === 0 && !told.has(broker ?? '')) return
          const judgement = judgementOf(broker, unseen, settings)
          if (judgement.verdict === 'firing') told.add(broker ?? '')
          judgements.push(judgement)
        }
        cluster = minute.coverage === 0 ? cluster + 1 : 0
        say(undefined, cluster)
        for (const { broker, coverage } of minute.brokers) {
          if (coverage > 0) {
            brokers.delete(broker)
            say(broker, 0)
          } else if (cluster > 0) {
            // While nothing of the cluster is seen, that is what is told.
            judgements.push({ ...scopeOf(broker, settings), verdict: 'unseen' })
          } else {
            const unseen = (brokers.get(broker) ?? 0) + 1
            brokers.set(broker, unseen)
            say(broker, unseen)
          }
        }
        return { judgements }
      },
      save: () => ({ recent: { cluster, brokers: [...brokers], told: [...told] } }),
    }
  },
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
