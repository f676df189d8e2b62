/** How a cluster's clients are spread over its brokers against what each is meant to carry, and what would have to move. */
import { sumOf } from './joined-minutes.ts'
import type { ImbalanceSettings } from './thresholds.ts'

/** A broker with the clients it told; absent: it told none, or was not seen. */
export interface Load {
  readonly broker: string
  readonly weight: number
  readonly connected?: number | undefined
  readonly settings: ImbalanceSettings
  /** Most of the cluster's clients it may have, where that is set: 0 to 1. */
  readonly shareLimit?: number | undefined
}

export interface BalancedBroker {
  readonly broker: string
  readonly weight: number
  readonly connected?: number
  readonly share?: number
  readonly fairShare: number
  /** Whole clients above (or below) the fair number. */
  readonly surplus?: number
}

export interface Move {
  readonly from: string
  readonly to: string
  readonly clients: number
}

export interface Indices {
  readonly peakToFair: number
  readonly coefficientOfVariation: number
  readonly jainIndex: number
  readonly misplacedShare: number
}

export interface Spread {
  readonly verdict: 'balanced' | 'imbalanced' | 'unknown'
  readonly reason: string
  readonly connected?: number
  readonly indices?: Indices
  readonly brokers: BalancedBroker[]
  readonly moves: Move[]
}

type Told = Load & { readonly connected: number }

/** As in the detector: clients come in groups, so counts scatter about twice as wide as a multinomial's. */
const overdispersion = 2

/**
 * Judges one moment by the thresholds of the imbalance detector. `alert` is the summary of the open alert: it was judged
 * over many minutes and knows how far brokers usually wander, so it stands over the moment.
 */
export function spreadOf(loads: readonly Load[], alert?: string): Spread {
  const weights = sumOf(loads.map(({ weight }) => weight))
  const fairOf = ({ weight }: Load) => (weights === 0 ? 0 : weight / weights)
  const told = loads.flatMap((load): Told[] => {
    const { connected } = load
    return connected === undefined ? [] : [{ ...load, connected }]
  })
  const total = sumOf(told.map(({ connected }) => connected))
  const unknown = whyUnknown(loads, told, weights)
  const judged = (verdict: Spread['verdict'], reason: string) =>
    alert === undefined ? { verdict, reason } : ({ verdict: 'imbalanced', reason: alert } as const)
  if (unknown !== undefined) {
    const brokers = loads.map((load) => {
      const { broker, weight, connected } = load
      return { broker, weight, ...(connected === undefined ? {} : { connected }), fairShare: fairOf(load) }
    })
    return { ...judged('unknown', unknown), brokers, moves: [], ...(told.length === 0 ? {} : { connected: total }) }
  }
  const targets = targetsOf(told, weights, total)
  const surplus = new Map(told.map(({ broker, connected }) => [broker, connected - (targets.get(broker) ?? 0)]))
  const { verdict, reason } = momentOf(told, weights, total)
  return {
    ...judged(verdict, reason),
    connected: total,
    ...(total === 0 ? {} : { indices: indicesOf(told, weights, total) }),
    brokers: told.map((load) => ({
      broker: load.broker,
      weight: load.weight,
      connected: load.connected,
      ...(total === 0 ? {} : { share: load.connected / total }),
      fairShare: fairOf(load),
      surplus: surplus.get(load.broker) ?? 0,
    })),
    moves: movesOf(surplus),
  }
}

function whyUnknown(loads: readonly Load[], told: readonly Told[], weights: number): string | undefined {
  if (loads.length < 2)
    return `The cluster has ${loads.length === 0 ? 'no broker' : 'one broker'}: there is nothing to spread.`
  if (told.length === 0) return 'No broker told how many clients it has in the last minutes.'
  if (weights === 0) return 'Every broker has the weight 0, so none is meant to carry clients.'
  const unseen = loads.filter(({ connected }) => connected === undefined).map(({ broker }) => broker)
  if (unseen.length === 0) return undefined
  const more = unseen.length > 3 ? ` and ${unseen.length - 3} more` : ''
  return `How many clients ${unseen.slice(0, 3).join(', ')}${more} has is not known: a broker that was not seen is not an empty one.`
}

/**
 * Four measures of one spread, over the ratios x of each broker's clients to its fair number.
 *
 * - `peakToFair`: the largest x. Over equal weights it is the largest load over the mean load (Pearce et al.,
 *   "Quantifying the Effectiveness of Load Balance Algorithms", ICS 2012, take the same less one).
 * - `coefficientOfVariation`: standard deviation of x over its mean.
 * - `jainIndex`: (Σx)² / (n · Σx²), from 1/n (one broker has all) to 1 (Jain, Chiu, Hawe: "A Quantitative Measure of
 *   Fairness and Discrimination for Resource Allocation in Shared Computer Systems", DEC-TR-301, 1984). It is
 *   1 / (1 + coefficientOfVariation²).
 * - `misplacedShare`: half the sum of the absolute differences between shares and fair shares: the part of all clients
 *   that would have to move (the Hoover index; Hoover, "The Measurement of Industrial Localization", 1936).
 *
 * A broker of weight 0 has no ratio; its clients are misplaced.
 */
export function indicesOf(
  loads: readonly { readonly weight: number; readonly connected: number }[],
  weights: number,
  total: number,
): Indices {
  const fair = ({ weight }: { readonly weight: number }) => (total * weight) / weights
  const ratios = loads.filter(({ weight }) => weight > 0).map((load) => load.connected / fair(load))
  const mean = sumOf(ratios) / ratios.length
  const squares = sumOf(ratios.map((ratio) => ratio ** 2))
  const variance = Math.max(0, squares / ratios.length - mean ** 2)
  return {
    peakToFair: Math.max(...ratios),
    coefficientOfVariation: mean === 0 ? 0 : Math.sqrt(variance) / mean,
    jainIndex: squares === 0 ? 1 : sumOf(ratios) ** 2 / (ratios.length * squares),
    misplacedShare: sumOf(loads.map((load) => Math.abs(load.connected - fair(load)))) / 2 / total,
  }
}

/** Fair numbers in whole clients, which add up to all: what is left by rounding down goes where clients are already. */
function targetsOf(told: readonly Told[], weights: number, total: number): Map<string, number> {
  const rounded = told.map((load) => {
    const fair = (total * load.weight) / weights
    return { broker: load.broker, least: Math.floor(fair), rest: fair - Math.floor(fair), connected: load.connected }
  })
  let left = total - sumOf(rounded.map(({ least }) => least))
  const targets = new Map(rounded.map(({ broker, least }) => [broker, least]))
  const inTurn = rounded
    .filter(({ rest }) => rest > 0)
    .toSorted(
      (a, b) =>
        Number(b.connected > b.least) - Number(a.connected > a.least) ||
        b.rest - a.rest ||
        (a.broker < b.broker ? -1 : 1),
    )
  for (const { broker, least } of inTurn) {
    if (left <= 0) break
    targets.set(broker, least + 1)
    left -= 1
  }
  return targets
}

/** From the largest surplus to the largest deficit, until there is none: each move ends one of them, so n − 1 are enough. */
export function movesOf(surplus: ReadonlyMap<string, number>): Move[] {
  const by = (sign: 1 | -1) =>
    [...surplus]
      .flatMap(([broker, count]) => (sign * count > 0 ? [{ broker, count: sign * count }] : []))
      .toSorted((a, b) => b.count - a.count || (a.broker < b.broker ? -1 : 1))
  const [givers, takers] = [by(1), by(-1)]
  const moves: Move[] = []
  for (let give = 0, take = 0; give < givers.length && take < takers.length; ) {
    const [from, to] = [givers[give], takers[take]]
    if (from === undefined || to === undefined) break
    const clients = Math.min(from.count, to.count)
    moves.push({ from: from.broker, to: to.broker, clients })
    from.count -= clients
    to.count -= clients
    if (from.count === 0) give += 1
    if (to.count === 0) take += 1
  }
  return moves
}

/** Is one moment beyond the thresholds, and by which broker. */
function momentOf(told: readonly Told[], weights: number, total: number) {
  if (total === 0) return { verdict: 'balanced' as const, reason: 'No clients are connected.' }
  const furthest = told
    .map((load) => ({ load, fair: (total * load.weight) / weights }))
    .toSorted((a, b) => Math.abs(b.load.connected - b.fair) - Math.abs(a.load.connected - a.fair))
  const { load, fair } = furthest.find((each) => isBeyond(each.load, each.fair, total)) ?? furthest[0] ?? {}
  if (load === undefined || fair === undefined) return { verdict: 'unknown' as const, reason: 'There are no brokers.' }
  const percent = (value: number) => `${Math.round((100 * value) / total)} %`
  const figures = `${load.broker} carries ${load.connected} of ${total} clients (${percent(load.connected)}); its fair share is ${Math.round(fair)} (${percent(fair)})`
  if (!isBeyond(load, fair, total))
    return {
      verdict: 'balanced' as const,
      reason: `The furthest from its share is no wonder: ${figures}. Moving is not worth it.`,
    }
  const { minimumClients } = load.settings
  if (total < minimumClients)
    return {
      verdict: 'unknown' as const,
      reason: `${figures}, but fewer than ${minimumClients} clients are too few to tell.`,
    }
  return {
    verdict: 'imbalanced' as const,
    reason: `${figures}. No alert stands: it has not lasted, or has been so for long.`,
  }
}

/** Beyond a threshold that was set, in ratio, in clients and against chance; or over a limit. */
function isBeyond({ connected, settings, shareLimit }: Told, fair: number, total: number): boolean {
  if (shareLimit !== undefined && connected > shareLimit * total) return true
  const share = fair / total
  if (share === 1) return false
  const surplus = Math.abs(connected - fair)
  if (share === 0) return surplus >= settings.minimumSurplus
  const isUneven = connected > fair * settings.overloadedRatio || connected < fair * settings.starvedRatio
  if (total < settings.minimumClients) return isUneven
  const score = surplus / Math.sqrt(overdispersion * total * share * (1 - share))
  return isUneven && surplus >= settings.minimumSurplus && score >= settings.minimumScore
}
