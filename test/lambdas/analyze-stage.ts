/** A cluster under analysis, for tests that read as timelines: what its watchers saw, what happened, and the runs. */
import type { Alert } from '../../domain/alert.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { analyze } from '../../lambdas/analyze/analyze.ts'
import { readFeed, writeFeed } from '../../store/coverage.ts'
import { writeEvents } from '../../store/events.ts'
import { minutesOf } from '../../store/minutes.ts'
import { writeSamples } from '../../store/samples.ts'
import { eventOf } from '../events.ts'
import type { TestTables } from '../tables.ts'

export const t0 = Date.parse('2026-11-22T10:00:00Z')
export const at = (minutes: number) => t0 + minutes * minuteMs
export const retention = (nowMs: number) => ({ nowMs, days: 1 })
const silent = { info: () => {}, warn: () => {} }

/** One cluster of its own, with brokers b1, b2, b3 unless told otherwise, and what a timeline does to it. */
export function clusterOn(
  tables: TestTables,
  name: string,
  { detection = {}, names = ['b1', 'b2', 'b3'] }: { detection?: object; names?: string[] } = {},
) {
  const feeds = names.map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const checked = checkSettings({ clusters: [{ name, dialect: 'aedes', feeds, detection }] })
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  const { settings } = checked
  const told: Alert[] = []
  return {
    /** What was published, of all kinds. */
    told,
    toldOf: (kind: Alert['kind']) => told.filter((alert) => alert.kind === kind),
    tables,
    async covered(untilMinute: number, brokers = names, down = false) {
      for (const feed of brokers) {
        const seen = { first: instant(t0), seenFrom: instant(t0), seenUntil: instant(at(untilMinute)) }
        const known = await readFeed(tables.state, { cluster: name, feed, watcher: 'a' })
        const report = {
          cluster: name,
          feed,
          brokers: [feed],
          state: down ? ('down' as const) : ('up' as const),
          since: instant(t0),
          rejected: {},
          rejectionSamples: [],
        }
        const seenUntil = down && known ? { seenUntil: known.value.seenUntil ?? seen.seenUntil } : {}
        await writeFeed(
          tables.state,
          { report, watcher: 'a', reportedAt: instant(at(untilMinute)), ...seen, ...seenUntil },
          known?.revision,
        )
      }
    },
    async connected(minute: number, counts: Record<string, number>) {
      const samples = Object.entries(counts).map(([broker, value]) => ({
        cluster: name,
        broker,
        name: 'connected' as const,
        at: instant(at(minute) + 50_000),
        // The feed itself is one of the broker's clients.
        value: value + 1,
      }))
      await writeSamples(tables.samples, samples, retention(at(minute)))
    },
    async drops(minute: number, broker: string, count: number) {
      const events = Array.from({ length: count }, (_, n) =>
        eventOf({ cluster: name, broker, clientId: `c${n}`, at: instant(at(minute) + 20_000 + n) }),
      )
      await writeEvents(tables.events, events, retention(at(minute)))
    },
    async run(minute: number, publish?: (alert: Alert) => Promise<void>) {
      const ports = { tables, log: silent, nowMs: at(minute) + 6000 }
      const tell = async (alert: Alert) => {
        told.push(alert)
      }
      await analyze(settings, { ...ports, publish: publish ?? tell })
    },
    async minutes(broker: string) {
      const span = { from: instant(t0), to: instant(at(600)) }
      const page = await minutesOf(tables.minutes, { cluster: name, broker, ...span, limit: 100 })
      return page.entries.map((entry) => entry.value).toReversed()
    },
  }
}
