/** The alerts of two configurations over the same minutes: which are not alike. Pure. */
import type { Alert, AlertKind, Severity } from '../../domain/alert.ts'

/** An alert from begin to end. */
export interface Episode {
  readonly id: string
  readonly openedAt: string
  /** Absent: it was open when the record ended. */
  readonly resolvedAt?: string
  /** The highest it had. */
  readonly severity: Severity
  readonly summary: string
}

/** Alerts of one kind and scope that stood at the same time are one alert, told by A and by B. */
export interface Difference {
  /** Which configuration alone told it; absent: both did. */
  readonly only?: 'A' | 'B'
  readonly differs?: readonly ('time' | 'severity')[]
  readonly kind: AlertKind
  readonly cluster: string
  readonly broker?: string
  readonly clientId?: string
  readonly a?: Episode
  readonly b?: Episode
}

export interface Comparison {
  /** An alert of a configuration (0 or 1) has a new transition, its last one. */
  readonly change: (plan: number, alert: Alert) => void
  /** In the order in which they began. */
  readonly differences: () => readonly Difference[]
  readonly alike: () => number
}

interface Told {
  readonly scope: Pick<Difference, 'kind' | 'cluster' | 'broker' | 'clientId'>
  /** Of A and of B, each in the order in which they began. */
  readonly episodes: readonly [Episode[], Episode[]]
}

export function createComparison(): Comparison {
  const scopes = new Map<string, Told>()
  const pairs = () => [...scopes.values()].flatMap(matched)
  return {
    change: (plan, alert) => {
      const { kind, cluster, broker, clientId } = alert
      const key = JSON.stringify([cluster, kind, clientId ?? broker ?? null, clientId !== undefined])
      const scope = {
        kind,
        cluster,
        ...(broker === undefined ? {} : { broker }),
        ...(clientId === undefined ? {} : { clientId }),
      }
      const told = scopes.get(key) ?? { scope, episodes: [[], []] }
      scopes.set(key, told)
      moveEpisode(told.episodes[plan === 0 ? 0 : 1], alert)
    },
    differences: () =>
      pairs()
        .filter((pair) => pair.only !== undefined || pair.differs !== undefined)
        .toSorted((one, other) => (beginOf(one) < beginOf(other) ? -1 : 1)),
    alike: () => pairs().filter((pair) => pair.only === undefined && pair.differs === undefined).length,
  }
}

function moveEpisode(episodes: Episode[], { id, transitions }: Alert): void {
  const last = transitions.at(-1)
  if (last === undefined) return
  const known = episodes.findLast((episode) => episode.id === id)
  if (known === undefined) {
    episodes.push({ id, openedAt: last.at, severity: last.severity, summary: last.summary })
    return
  }
  const severity = known.severity === 'critical' ? known.severity : last.severity
  const resolved = last.status === 'resolved' ? { resolvedAt: last.at } : {}
  episodes[episodes.lastIndexOf(known)] = { ...known, severity, ...resolved }
}

/** Each alert of A with the first of B that stood at the same time. */
function matched({ scope, episodes: [ofA, ofB] }: Told): Difference[] {
  const pairs: Difference[] = []
  let [nextA, nextB] = [0, 0]
  for (;;) {
    const [a, b] = [ofA[nextA], ofB[nextB]]
    if (a === undefined && b === undefined) return pairs
    if (a !== undefined && (b === undefined || endsBefore(a, b))) {
      pairs.push({ only: 'A', ...scope, a })
      nextA += 1
    } else if (b !== undefined && (a === undefined || endsBefore(b, a))) {
      pairs.push({ only: 'B', ...scope, b })
      nextB += 1
    } else if (a !== undefined && b !== undefined) {
      const differs = [
        ...(a.openedAt === b.openedAt ? [] : (['time'] as const)),
        ...(a.severity === b.severity ? [] : (['severity'] as const)),
      ]
      pairs.push({ ...(differs.length === 0 ? {} : { differs }), ...scope, a, b })
      nextA += 1
      nextB += 1
    }
  }
}

function endsBefore({ resolvedAt }: Episode, { openedAt }: Episode): boolean {
  return resolvedAt !== undefined && resolvedAt < openedAt
}

function beginOf({ a, b }: Difference): string {
  const [ofA, ofB] = [a?.openedAt, b?.openedAt]
  return ofA !== undefined && (ofB === undefined || ofA < ofB) ? ofA : (ofB ?? '')
}
