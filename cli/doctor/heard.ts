/** What arrived on a link: the events of probes, what the broker tells of itself, and how much could be read. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RejectionReason } from '../../domain/dialect.ts'
import type { EventDraft } from '../../domain/event.ts'
import type { Arrival } from '../../watcher/link.ts'
import { createReader } from '../../watcher/reader.ts'
import type { Subject } from './subject.ts'

export interface HeardEvent {
  readonly event: EventDraft
  readonly receivedAtMs: number
}

export interface Heard {
  readonly take: (arrival: Arrival) => void
  /** Those of this examination's probes. */
  readonly events: readonly HeardEvent[]
  readonly messages: () => number
  readonly othersEvents: () => number
  readonly rejected: () => Partial<Record<RejectionReason, number>>
  /** The last payload on a topic that has one of these ends. */
  readonly told: (ending: string) => string | undefined
}

/** The broker's own word on itself; client ids in topics cannot end like these. */
const toldTopic = /^\$SYS\/(?:broker|brokers\/[^/]+)\/(?:version|publish\/messages\/dropped)$/

/** Reads as the watcher does. */
export function createHeard({ dialect, cluster, feed, name, isOwn, probeId }: Subject): Heard {
  const reader = createReader(dialect, { cluster: cluster.name, broker: feed.broker ?? name, isOwn })
  const events: HeardEvent[] = []
  const told = new Map<string, string>()
  let messages = 0
  let others = 0
  return {
    events,
    messages: () => messages,
    othersEvents: () => others,
    rejected: () => reader.rejections.counts(),
    told: (ending) => [...told].find(([topic]) => topic.endsWith(ending))?.[1],
    take: (arrival) => {
      const receivedAtMs = Date.now()
      messages += 1
      if (told.size < 100 && toldTopic.test(arrival.topic)) {
        told.set(arrival.topic, arrival.payload.toString('utf8', 0, 200))
      }
      for (const event of reader.read(arrival, { receivedAt: receivedAtMs, measured: false }).events) {
        if (event.clientId?.startsWith(probeId)) events.push({ event, receivedAtMs })
        else others += 1
      }
    },
  }
}

/** Waits until the condition holds, or for so long. */
export async function within(timeoutMs: number, condition: () => boolean): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!condition() && performance.now() < endMs) await sleep(10)
}
