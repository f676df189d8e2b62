/** The brokers of a cluster as they are now: which there are, and the minute that was judged last. */
import type { Minute } from '../../domain/minute.ts'
import type { ClusterSettings } from '../../domain/settings.ts'
import { instant, minuteMs, startOfMinute } from '../../domain/time.ts'
import { minutesAt, minutesOf, wholeMinutesOf } from '../../store/minutes.ts'
import { brokersOf } from '../../store/state.ts'
import type { QueryPorts } from './route.ts'

/** What was judged longer ago is not current. */
const currentMinutes = 5

/** A broker that is configured, or was heard of. */
export interface Member {
  readonly cluster: string
  readonly broker: string
  readonly weight: number
  /** When it was last heard of, where that is not long ago. */
  readonly heardOf?: string
  readonly isConfigured: boolean
}

/** The brokers of a cluster, in order. */
export async function membersOf(cluster: ClusterSettings, { tables, nowMs }: QueryPorts): Promise<Member[]> {
  const known = new Map((await brokersOf(tables.state, cluster.name, nowMs())).map(({ broker, at }) => [broker, at]))
  const weights = new Map(cluster.brokers.map(({ name, weight }) => [name, weight]))
  const configured = new Set([...cluster.feeds.flatMap((feed) => feed.broker ?? []), ...weights.keys()])
  return [...new Set([...configured, ...known.keys()])].toSorted().map((broker) => {
    const heardOf = known.get(broker)
    return {
      cluster: cluster.name,
      broker,
      weight: weights.get(broker) ?? 1,
      ...(heardOf === undefined ? {} : { heardOf }),
      isConfigured: configured.has(broker),
    }
  })
}

export interface Current {
  readonly minutes: ReadonlyMap<string, Minute>
  /** Clients of all brokers that told theirs; absent where none did. */
  readonly connected?: number
}

/**
 * The minutes that these brokers, of all of a cluster, were last judged by. The cluster's own minute names it and tells how
 * many clients there are; where it does not tell these, all brokers are looked at. Reads a few items, and one a broker.
 */
export async function currentOf(
  asked: { readonly cluster: string; readonly brokers: readonly string[]; readonly all: readonly string[] },
  { tables, nowMs }: QueryPorts,
): Promise<Current> {
  const { cluster, brokers, all } = asked
  const range = {
    cluster,
    from: instant(startOfMinute(nowMs()) - currentMinutes * minuteMs),
    to: instant(nowMs() + minuteMs),
    limit: 1,
  }
  const whole = (await wholeMinutesOf(tables.minutes, range)).entries[0]?.value
  const wanted = whole?.connected === undefined ? all : brokers
  const found =
    whole === undefined
      ? await Promise.all(wanted.map(async (broker) => (await minutesOf(tables.minutes, { ...range, broker })).entries))
      : await minutesAt(tables.minutes, { cluster, brokers: wanted, minute: whole.minute })
  const minutes = found.flat().map((each) => ('value' in each ? each.value : each))
  const told = minutes.flatMap((minute) => minute.connected ?? [])
  const connected = whole?.connected ?? (told.length === 0 ? undefined : told.reduce((sum, each) => sum + each, 0))
  return {
    minutes: new Map(minutes.map((minute) => [minute.broker, minute])),
    ...(connected === undefined ? {} : { connected }),
  }
}
