/** A broker carries more, or less, than its share of the cluster's clients. */
import * as z from 'zod/mini'
import type { Finding, Judgement } from '../alert.ts'
import { type ClusterContext, detector, type DetectorInput } from '../detector.ts'
import { significant } from '../statistics.ts'
import type { ImbalanceSettings } from '../thresholds.ts'
import { minuteMs } from '../time.ts'

const BrokerState = z.strictObject({
  /** Minute (from the epoch) in which clients of it were first told, and last. */
  first: z.number(),
  last: z.number(),
  /** Minutes it has been uneven, with a little patience for those between in which it was not. */
  uneven: z.number(),
  /** Decayed Σ (log ratio)² of balanced minutes, and how many (decayed): how far it usually wanders. */
  wander: z.number(),
  minutes: z.number(),
  /** A log ratio that lasted so long that it is what is usual. */
  adopted: z.number(),
})
type BrokerState = z.infer<typeof BrokerState>
const State = z.strictObject({
  brokers: z.record(z.string(), BrokerState),
  /** The broker that is told of, since which minute, and for how many minutes the cluster has been balanced. */
  told: z.optional(z.strictObject({ broker: z.string(), since: z.number(), calmMinutes: z.number() })),
})
type State = z.infer<typeof State>

/** Clients come in groups (sites, rollouts), so counts scatter about twice as wide as a multinomial's. */
const overdispersion = 2
/** Evidence against a broker's own wander, in its standard deviations; and that wander until it is learned. */
const wanderScore = 4.2
const coldWander = 0.035
const coldMinutes = 240
const experiencedShare = 0.4
const dayMinutes = 1440
const wanderDecay = 0.5 ** (1 / (5 * dayMinutes))
/** What is further from balance than so many of them teaches no more: a slow drift must not widen its own band. */
const learnedDeviations = 2
/** A broker that was not seen is not an empty one; after so many minutes the others are judged without it. */
const missingMinutes = 30
/** A broker that joins a cluster may be empty so long. */
const newcomerMinutes = 30
/** How far back towards balance it must be to count as calm. */
const calmShare = 0.75

/** A broker whose clients nobody told for so long is forgotten. */
const forgottenMinutes = 7 * dayMinutes

interface Load {
  readonly broker: string
  readonly clients: number
  readonly fair: number
  readonly share: number
  readonly known: BrokerState
}

/**
 * Ratio = clients over total × weight / sum of weights. Uneven is a ratio beyond its threshold, if the surplus is large
 * enough in clients, against a multinomial count, and against the broker's own wander. One broker, the most uneven, is
 * told at a time: what others have less, it has more.
 */
export const imbalance = detector({
  kind: 'imbalance',
  StateSchema: State,
  initial: { brokers: {} },
  judge: (state, { minute, context }) => {
    const at = Math.round(minute.startMs / minuteMs)
    const loads = loadsOf(state, { minute, context }, at)
    const total = loads?.reduce((sum, load) => sum + load.clients, 0) ?? 0
    if (loads === undefined || loads.length < 2) {
      const brokers = note(state, minute.brokers, at)
      return { state: { ...state, brokers }, judgements: unseenOf(state, context) }
    }
    const brokers = note(state, minute.brokers, at)
    let worst: (Uneven & { lasted: boolean }) | undefined
    let isBalanced = true
    let isOverLimit = false
    for (const load of loads) {
      const settings = context.detectionOf(load.broker).imbalance
      const usual = usualWander(load.known, loads)
      const severity = total < settings.minimumClients ? 0 : severityOf(load, total, usual, settings)
      const limit = context.detectionOf(load.broker).limits.share
      const isOver = limit !== undefined && load.clients > limit * total
      const isUneven = severity >= 1 || isOver
      const uneven = isUneven ? load.known.uneven + 1 : Math.max(0, load.known.uneven - 2)
      if (severity >= calmShare || isOver) isBalanced = false
      const learns = !isUneven && state.told === undefined
      const known = { ...load.known, last: at, uneven }
      brokers[load.broker] = learns ? learnt(known, load, usual) : known
      const lasted = isOver || (isUneven && uneven >= needed(load, settings))
      if (isUneven && (worst === undefined || isWorse({ load, severity }, worst))) worst = { load, severity, lasted }
      if (isOver) isOverLimit = true
    }
    return conclude(
      { brokers, ...(state.told ? { told: state.told } : {}) },
      { loads, worst, isBalanced, isOverLimit, total, at, context },
    )
  },
})

/** What each broker carries against what it should; undefined while one that is known was not seen for a short time. */
function loadsOf(state: State, { minute, context }: DetectorInput, at: number): Load[] | undefined {
  let weights = 0
  const seen: { broker: string; clients: number; weight: number; known: BrokerState }[] = []
  const oldest = Object.values(state.brokers).reduce((first, known) => Math.min(first, known.first), at)
  for (const each of minute.brokers) {
    const known = knownOf(state.brokers, each.broker)
    if (context.inMaintenance(minute.startMs, each.broker)) return undefined
    if (each.coverage === 0 || each.connected === undefined) {
      if (known !== undefined && at - known.last <= missingMinutes) return undefined
      continue
    }
    const own = known ?? { first: at, last: at, uneven: 0, wander: 0, minutes: 0, adopted: 0 }
    // One that joins the others is empty at first, and what it will take they still have.
    if (own.first > oldest + missingMinutes && at - own.first < newcomerMinutes) continue
    const weight = context.weightOf(each.broker)
    weights += weight
    seen.push({ broker: each.broker, clients: each.connected, weight, known: own })
  }
  if (weights === 0) return undefined
  const total = seen.reduce((sum, { clients }) => sum + clients, 0)
  return seen.map(({ broker, clients, weight, known }) => {
    const share = weight / weights
    return { broker, clients, fair: total * share, share, known }
  })
}

interface Uneven {
  readonly load: Load
  readonly severity: number
}

/** Of two that are equally uneven it is the same one, whatever their order. */
function isWorse(one: Uneven, other: Uneven): boolean {
  return one.severity === other.severity ? one.load.broker < other.load.broker : one.severity > other.severity
}

/** A broker may have a name that every object knows. */
function knownOf(brokers: State['brokers'], broker: string): BrokerState | undefined {
  return Object.hasOwn(brokers, broker) ? brokers[broker] : undefined
}

/** How far a ratio is beyond its threshold: 1 at it; 0 where the evidence does not suffice. */
function severityOf(load: Load, total: number, usual: number, settings: ImbalanceSettings): number {
  const { clients, fair, share, known } = load
  if (fair === 0 || share === 1) return 0
  const ratio = clients / fair
  const threshold = Math.log(ratio > 1 ? settings.overloadedRatio : Math.max(0.01, settings.starvedRatio))
  const distance = logRatio(load) - known.adopted
  const beyond = distance / threshold
  if (beyond < calmShare) return 0
  const surplus = Math.abs(clients - fair)
  const score = surplus / Math.sqrt(overdispersion * total * share * (1 - share))
  // Once its own wander is known, which has the chance of few clients in it, it says more than that of a multinomial.
  const neededScore = settings.minimumScore * (known.minutes < dayMinutes ? 1 : experiencedShare)
  const enough = Math.min(
    surplus / settings.minimumSurplus,
    score / neededScore,
    Math.abs(distance) / (wanderScore * usual),
  )
  return enough >= 1 ? beyond : Math.min(beyond, enough)
}

/** Standard deviation of the log ratio in balanced times: half the broker's own experience, half all brokers'. */
function usualWander(known: BrokerState, loads: readonly Load[]): number {
  let wander = 0
  let minutes = 0
  for (const load of loads) {
    wander += load.known.wander
    minutes += load.known.minutes
  }
  return Math.sqrt((coldVariance(known.wander, known.minutes) + coldVariance(wander, minutes)) / 2)
}

function coldVariance(wander: number, minutes: number): number {
  return (wander + coldMinutes * coldWander ** 2) / (minutes + coldMinutes)
}

/** Half a client more on both sides keeps an empty broker finite. */
function logRatio({ clients, fair }: Load): number {
  return Math.log((clients + 0.5) / (fair + 0.5))
}

/** Uneven minutes it takes: fewer, the more uneven; more while there is little experience. */
function needed(load: Load, { openMinutes }: ImbalanceSettings): number {
  const ratio = load.clients / load.fair
  // One that has too little is often being emptied on purpose, and hurts nobody yet.
  const share = ratio > 1.6 ? 1 / 3 : ratio > 1.4 || ratio < 0.6 ? 2 / 3 : 1
  const isCold = load.known.minutes < coldMinutes
  return Math.max(1, Math.round(openMinutes * (isCold ? Math.max(share, 2 / 3) : share)))
}

function learnt(known: BrokerState, load: Load, usual: number): BrokerState {
  if (load.fair === 0) return known
  const distance = Math.min(Math.abs(logRatio(load) - known.adopted), learnedDeviations * usual)
  return {
    ...known,
    wander: known.wander * wanderDecay + distance ** 2,
    minutes: known.minutes * wanderDecay + 1,
  }
}

interface Conclusion {
  readonly loads: readonly Load[]
  readonly worst: (Uneven & { lasted: boolean }) | undefined
  readonly isBalanced: boolean
  readonly isOverLimit: boolean
  readonly total: number
  readonly at: number
  readonly context: ClusterContext
}

function conclude(state: State, { loads, worst, isBalanced, isOverLimit, total, at, context }: Conclusion) {
  const { brokers, told } = state
  const of = (broker: string, verdict: Judgement['verdict'], finding?: Finding): Judgement => {
    const { clearMinutes } = context.detectionOf(broker).imbalance
    return { kind: 'imbalance', broker, verdict, clearMinutes, ...(finding === undefined ? {} : { finding }) }
  }
  if (told === undefined) {
    if (worst === undefined || !worst.lasted) return { state: { brokers }, judgements: [] }
    const { broker } = worst.load
    const finding = findingOf(worst.load, total, context)
    return {
      state: { brokers, told: { broker, since: at, calmMinutes: 0 } },
      judgements: [of(broker, 'firing', finding)],
    }
  }
  const { broker } = told
  const settings = context.detectionOf(broker).imbalance
  // A limit that was set is none the less a limit because it has long been passed.
  if (at - told.since >= settings.newNormalHours * 60 && !isOverLimit) {
    for (const load of loads) {
      const known = brokers[load.broker]
      if (known !== undefined) brokers[load.broker] = { ...known, adopted: significant(logRatio(load), 4), uneven: 0 }
    }
    return { state: { brokers }, judgements: [of(broker, 'adopted')] }
  }
  if (!isBalanced) {
    const load = loads.find((each) => each.broker === broker)
    const still = load !== undefined && worst !== undefined
    const judgement = still ? of(broker, 'firing', findingOf(load, total, context)) : of(broker, 'unseen')
    return { state: { brokers, told: { ...told, calmMinutes: 0 } }, judgements: [judgement] }
  }
  const calmMinutes = told.calmMinutes + 1
  const isOver = calmMinutes >= settings.clearMinutes
  return {
    state: isOver ? { brokers } : { brokers, told: { ...told, calmMinutes } },
    judgements: [of(broker, 'calm')],
  }
}

function unseenOf(state: State, context: ClusterContext): Judgement[] {
  if (state.told === undefined) return []
  const { broker } = state.told
  const { clearMinutes } = context.detectionOf(broker).imbalance
  return [{ kind: 'imbalance', broker, verdict: 'unseen', clearMinutes }]
}

/** Brokers of which clients were told in this minute are known, whether it is judged or not. */
function note(state: State, minutes: DetectorInput['minute']['brokers'], at: number): Record<string, BrokerState> {
  const brokers = { ...state.brokers }
  if (at % 60 === 0) {
    for (const [broker, { last }] of Object.entries(brokers)) if (at - last > forgottenMinutes) delete brokers[broker]
  }
  for (const { broker, coverage, connected } of minutes) {
    if (coverage === 0 || connected === undefined) continue
    const known = knownOf(brokers, broker) ?? { first: at, last: at, uneven: 0, wander: 0, minutes: 0, adopted: 0 }
    brokers[broker] = { ...known, last: at }
  }
  return brokers
}

function findingOf(load: Load, total: number, context: ClusterContext): Finding {
  const { broker, clients, fair, share } = load
  const { imbalance: settings, limits } = context.detectionOf(broker)
  const ratio = clients / fair
  const percent = (value: number) => `${Math.round((100 * value) / total)} %`
  const threshold = ratio > 1 ? settings.overloadedRatio : settings.starvedRatio
  const isOverLimit = limits.share !== undefined && clients > limits.share * total
  return {
    severity: ratio >= 2 || ratio <= 0.2 ? 'critical' : 'warning',
    observed: clients,
    expected: Math.round(fair),
    upper: Math.round(isOverLimit ? (limits.share ?? 1) * total : fair * threshold),
    windowMinutes: 1,
    score: Math.round((10 * (clients - fair)) / Math.sqrt(overdispersion * total * share * (1 - share))) / 10,
    ...(load.known.minutes < coldMinutes ? { cold: true } : {}),
    summary: `${broker} carries ${clients} of ${total} clients (${percent(clients)}); its fair share is ${Math.round(fair)} (${percent(fair)}). It is ${ratio > 1 ? 'overloaded' : 'starved'}.`,
    topCauses: [],
    topClients: [],
  }
}
