/** Nobody watches: what happens to the clients of a broker, or of the whole cluster, is not recorded. */
import * as z from 'zod/mini'
import type { Finding, Judgement } from '../alert.ts'
import { detector } from '../detector.ts'
import type { WatcherBlindSettings } from '../thresholds.ts'

/** Consecutive unseen minutes, by broker; the whole cluster under its own key. */
const State = z.strictObject({ cluster: z.number(), brokers: z.record(z.string(), z.number()) })

/**
 * Counts minutes that no watcher saw anything of. A cluster of which nothing is seen is one alert, not one a broker.
 * A minute seen in part is seen: short gaps are shown by the coverage, they wake nobody.
 */
export const watcherBlind = detector({
  kind: 'watcher_blind',
  StateSchema: State,
  initial: { cluster: 0, brokers: {} },
  judge: (state, { minute, context }) => {
    const settings = context.detection.watcherBlind
    const cluster = minute.coverage === 0 ? state.cluster + 1 : 0
    const brokers: Record<string, number> = {}
    const judgements = [judgementOf(undefined, cluster, settings)]
    for (const { broker, coverage } of minute.brokers) {
      const unseen = coverage === 0 ? (state.brokers[broker] ?? 0) + 1 : 0
      brokers[broker] = unseen
      // While nothing of the cluster is seen, that is what is told.
      const judgement = judgementOf(broker, unseen, settings)
      judgements.push(cluster > 0 && unseen > 0 ? { ...plain(judgement), verdict: 'unseen' } : judgement)
    }
    return { state: { cluster, brokers }, judgements }
  },
})

function judgementOf(broker: string | undefined, unseen: number, settings: WatcherBlindSettings): Judgement {
  const scope = {
    kind: 'watcher_blind' as const,
    ...(broker === undefined ? {} : { broker }),
    clearMinutes: settings.clearMinutes,
  }
  if (unseen === 0) return { ...scope, verdict: 'calm' }
  return unseen < settings.openMinutes
    ? { ...scope, verdict: 'unseen' }
    : { ...scope, verdict: 'firing', finding: findingOf(broker, unseen) }
}

function plain({ kind, broker, clearMinutes }: Judgement): Omit<Judgement, 'verdict' | 'finding'> {
  return { kind, clearMinutes, ...(broker === undefined ? {} : { broker }) }
}

function findingOf(broker: string | undefined, unseen: number): Finding {
  return {
    severity: broker === undefined ? 'critical' : 'warning',
    observed: unseen,
    expected: 0,
    score: unseen,
    summary: `Nothing of ${broker ?? 'the cluster'} has been watched for ${unseen} minutes: what happens to its clients is not recorded. GET /v1/coverage says why.`,
    topCauses: [],
    topClients: [],
  }
}
