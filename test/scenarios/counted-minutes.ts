/** The minutes of a world, counted from what was told in it as the system counts them. */
import type { Event } from '../../domain/event.ts'
import { deriveMinute, type Minute } from '../../domain/minute.ts'
import { instant, minuteMs, startOfMinute } from '../../domain/time.ts'

/** A broker's figure from then on. */
export interface Figure {
  readonly broker: string
  readonly name: keyof Minute['gauges']
  readonly atMs: number
  readonly value: number
}
export interface Told {
  readonly events: readonly Event[]
  readonly gauges: readonly Figure[]
  /** Since when nothing is told of a broker. */
  readonly vanished: ReadonlyMap<string, number>
  readonly brokers: readonly string[]
  readonly beginMs: number
}

/** Of every broker, oldest first; the clients connected are counted from ten minutes before the begin on. */
export function minutesOf(told: Told, fromMs: number, toMs: number): Minute[] {
  const { events, gauges, vanished, brokers, beginMs } = told
  const minutes: Minute[] = []
  const byBroker = Map.groupBy(events, ({ broker }) => broker)
  for (const broker of brokers) {
    const own = (byBroker.get(broker) ?? []).filter(({ view }) => view === 'broker')
    const byMinute = Map.groupBy(own, ({ at }) => startOfMinute(Date.parse(at)))
    let connected = 0
    for (let start = startOfMinute(Math.min(fromMs, beginMs - 600_000)); start < toMs; start += minuteMs) {
      const inMinute = byMinute.get(start) ?? []
      for (const { type } of inMinute) connected += type === 'connected' ? 1 : type === 'disconnected' ? -1 : 0
      const figures = gauges.filter((gauge) => gauge.broker === broker && gauge.atMs < start + minuteMs)
      const samples = [
        {
          cluster: 'plant',
          broker,
          name: 'connected' as const,
          at: instant(start + 59_000),
          value: Math.max(0, connected),
        },
        ...figures.map(({ name, value, atMs }, order) => ({
          cluster: 'plant',
          broker,
          name,
          at: instant(Math.max(atMs, start + 59_001) + order),
          value,
        })),
      ]
      if (start < fromMs) continue
      const isGone = start >= (vanished.get(broker) ?? Number.POSITIVE_INFINITY)
      minutes.push(
        deriveMinute({
          cluster: 'plant',
          broker,
          start,
          coverage: 1,
          ownConnections: 0,
          events: isGone ? [] : inMinute,
          samples: isGone ? [] : samples,
        }),
      )
    }
  }
  return minutes
}
