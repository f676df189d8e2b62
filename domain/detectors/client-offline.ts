/** A client that is watched by name has been away for longer than it may. */
import * as z from 'zod/mini'
import type { Finding, Judgement } from '../alert.ts'
import type { ClusterContext, ClusterMinute, Detector } from '../detector.ts'
import { harmless } from '../text.ts'
import { instant, minuteMs } from '../time.ts'

const SavedSchema = z.array(
  z.strictObject({
    clientId: z.string(),
    online: z.array(z.tuple([z.string(), z.number()])),
    broker: z.string(),
    sinceMs: z.number(),
    awayMs: z.number(),
    told: z.boolean(),
  }),
)

/** A watched client of which anything was seen yet. */
interface Presence {
  readonly clientId: string
  /** Brokers on which it is online, each with the begin of its session. */
  readonly online: Map<string, number>
  /** Where it is, or was last. */
  broker: string
  /** Since when it is offline. */
  sinceMs: number
  /** For how long it has been offline while we would have seen it come back. */
  awayMs: number
  /** An alert of it may be open. */
  told: boolean
}

/**
 * A client is offline when it is online on no broker of the cluster. The time that it is away goes by the clock of the
 * minutes, with events or without; minutes in which its last broker was not seen, or was worked on, do not count. A client
 * of which nothing was ever seen is unknown, not offline.
 */
export const clientOffline: Detector = {
  kind: 'client_offline',
  open: ({ recent }) => {
    const read = SavedSchema.safeParse(recent)
    const clients = new Map(
      (read.success ? read.data : []).map((saved): [string, Presence] => {
        return [saved.clientId, { ...saved, online: new Map(saved.online) }]
      }),
    )
    return {
      judge: ({ minute, context }) => {
        for (const news of newsOf(minute, context)) {
          const presence = clients.get(news.clientId) ?? unknown(news)
          clients.set(news.clientId, presence)
          apply(presence, news)
        }
        const judgements: Judgement[] = []
        for (const presence of clients.values()) {
          const allowed = context.watchedClients.get(presence.clientId)
          // Nothing said of a client is calm: an alert of one that is watched no longer ends.
          if (allowed === undefined) clients.delete(presence.clientId)
          else if (presence.online.size === 0) judgements.push(judgeAway(presence, { allowed, minute, context }))
          else if (presence.told) judgements.push({ ...scopeOf(presence, context), verdict: 'calm' })
        }
        return { judgements }
      },
      save: () => ({
        recent: [...clients.values()].map((presence) => ({ ...presence, online: [...presence.online] })),
      }),
    }
  },
}

interface News {
  readonly clientId: string
  readonly broker: string
  readonly online: boolean
  readonly atMs: number
  readonly beganMs: number | undefined
}
const nothing: readonly News[] = []

/** What was told of watched clients, in the order in which it happened. */
function newsOf({ brokers }: ClusterMinute, context: ClusterContext): readonly News[] {
  let news: News[] | undefined
  for (const { broker, coverage, watched } of brokers) {
    if (watched === undefined || coverage === 0) continue
    for (const { clientId, online, at, connectedAt } of watched) {
      if (!context.watchedClients.has(clientId)) continue
      const beganMs = connectedAt === undefined ? undefined : Date.parse(connectedAt)
      news ??= []
      news.push({ clientId, broker, online, atMs: Date.parse(at), beganMs })
    }
  }
  return news?.toSorted(inOrder) ?? nothing
}

/** Of one instant: where it went comes after where it came from, and nothing depends on the order of the brokers. */
function inOrder(a: News, b: News): number {
  return a.atMs - b.atMs || Number(a.online) - Number(b.online) || (a.broker < b.broker ? -1 : 1)
}

function unknown({ clientId, broker }: News): Presence {
  return { clientId, online: new Map(), broker, sinceMs: 0, awayMs: 0, told: false }
}

function apply(presence: Presence, { broker, online, atMs, beganMs }: News): void {
  if (online) {
    presence.online.set(broker, beganMs ?? atMs)
    presence.broker = broker
    return
  }
  const known = presence.online.get(broker)
  // An earlier session's end may be told after the begin of the next.
  if (known !== undefined && beganMs !== undefined && beganMs < known) return
  presence.online.delete(broker)
  if (presence.online.size > 0 || (known === undefined && atMs <= presence.sinceMs)) return
  presence.broker = broker
  presence.sinceMs = atMs
  presence.awayMs = 0
}

function scopeOf({ clientId, broker }: Presence, { detection }: ClusterContext) {
  return { kind: 'client_offline', clientId, broker, clearMinutes: detection.clientOffline.clearMinutes } as const
}

function judgeAway(
  presence: Presence,
  now: { readonly allowed: number; readonly minute: ClusterMinute; readonly context: ClusterContext },
): Judgement {
  const { minute, context, allowed } = now
  const scope = scopeOf(presence, context)
  const place = minute.brokers.find(({ broker }) => broker === presence.broker) ?? minute
  const seen = minute.coverage > 0 && place.coverage > 0 && !context.inMaintenance(minute.startMs, presence.broker)
  if (!seen) return { ...scope, verdict: 'unseen' }
  const endMs = minute.startMs + minuteMs
  presence.awayMs += Math.min(minuteMs, Math.max(0, endMs - presence.sinceMs))
  if (presence.awayMs <= allowed * minuteMs) return { ...scope, verdict: 'unseen' }
  presence.told = true
  return { ...scope, verdict: 'firing', finding: findingOf(presence, { allowed, endMs }) }
}

function findingOf(presence: Presence, { allowed, endMs }: { allowed: number; endMs: number }): Finding {
  const { clientId, broker, sinceMs, awayMs } = presence
  const away = Math.floor(awayMs / minuteMs)
  const unseen = Math.round((endMs - sinceMs - awayMs) / minuteMs)
  const hidden = unseen > 0 ? ` and for ${unseen} more that were not watched` : ''
  return {
    severity: 'warning',
    observed: away,
    expected: allowed,
    upper: allowed,
    score: Math.round((10 * away) / allowed) / 10,
    summary: `${harmless(clientId, 100)} has been offline for ${away} min${hidden}, since ${instant(sinceMs)}; ${allowed} are allowed. It was last on ${harmless(broker, 100)}.`,
    topCauses: [],
    topClients: [],
  }
}
