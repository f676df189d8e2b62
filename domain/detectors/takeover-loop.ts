/** Several connections use one client id: each takes the session over from the other, again and again. */
import type { Finding, Judgement } from '../alert.ts'
import { type FollowedClient, openClientWindow } from '../client-window.ts'
import type { Detector } from '../detector.ts'
import type { TopClient } from '../minute.ts'
import { harmless } from '../text.ts'
import type { TakeoverLoopSettings } from '../thresholds.ts'
import { minuteMs } from '../time.ts'

/** One take-over after another within a minute may be a client that came back several times: a loop lasts. */
const leastMinutes = 2
const takeoversOf = (client: TopClient) => client.takeovers ?? 0

/**
 * Follows the take-overs of each client id over all brokers of the cluster. While some come an alert stands; a minute
 * without any is calm. Minutes that do not tell take-overs by client say nothing.
 */
export const takeoverLoop: Detector = {
  kind: 'takeover_loop',
  open: ({ recent }) => {
    const window = openClientWindow(recent)
    return {
      judge: (input) => {
        const settings = input.context.detection.takeoverLoop
        window.take(input, { windowMinutes: settings.windowMinutes, countOf: takeoversOf })
        // A minute without a take-over of a client is calm, and so is nothing said of it.
        const clients = window.reached(1, input.minute.startMs / minuteMs)
        const judgements = clients.map((client) => judgementOf(client, settings))
        return { judgements }
      },
      save: () => ({ recent: window.save() }),
    }
  },
}

function judgementOf(client: FollowedClient, settings: TakeoverLoopSettings): Judgement {
  const { clientId, broker, total, minutes } = client
  const scope = { kind: 'takeover_loop', clientId, broker, clearMinutes: settings.clearMinutes } as const
  if (total < settings.minimumTakeovers || minutes.length < leastMinutes) return { ...scope, verdict: 'unseen' }
  return { ...scope, verdict: 'firing', finding: findingOf(client, settings) }
}

function findingOf(client: FollowedClient, { minimumTakeovers, windowMinutes }: TakeoverLoopSettings): Finding {
  const { clientId, total, minutes, broker } = client
  const peers = client.peers.toSorted()
  const lasted = (minutes.at(-1) ?? 0) - (minutes[0] ?? 0) + 1
  return {
    severity: 'warning',
    observed: total,
    expected: 0,
    upper: minimumTakeovers,
    windowMinutes: lasted,
    score: Math.round((10 * total * windowMinutes) / (lasted * minimumTakeovers)) / 10,
    summary: `${whoText(clientId, peers)}: ${total} take-overs within ${lasted} min, the last on ${harmless(broker, 100)}. Each time one connects, the broker closes the other.`,
    topCauses: [],
    topClients: [
      { clientId, disconnects: total, takeovers: total, ...(peers.length > 0 ? { peers: [...peers] } : {}) },
    ],
  }
}

function whoText(clientId: string, peers: readonly string[]): string {
  const id = `client id ${harmless(clientId, 100)}`
  const [only, second, ...more] = peers
  if (only === undefined) return `Two connections use ${id} (the broker does not tell their addresses)`
  if (second === undefined) {
    return `Two connections use ${id}, both from ${only} (one host, several behind one NAT, or a client that comes back before its old connection is closed)`
  }
  if (more.length === 0) return `Two connections, from ${only} and ${second}, use ${id}`
  return `Several connections, from ${peers.slice(0, -1).join(', ')} and ${peers.at(-1)}, use ${id}`
}
