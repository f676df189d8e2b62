/** Simulates the clients of a cluster minute by minute: they drop, come back, and the balancer places them. */
import { type Cause, causeNames } from '../../domain/cause.ts'
import type { ClusterMinute } from '../../domain/detector.ts'
import { minuteMs } from '../../domain/time.ts'
import { causeMix, causeSplitter } from './cause-mix.ts'
import { localClock, minuteText } from './local-clock.ts'
import type { Random } from './random.ts'
import { type Effect, type Fleet, type FleetPlan, goneElsewhere, type Told, waitingFor } from './scenario.ts'
import { season } from './season.ts'
import { tellMinute } from './tell.ts'
import { slowWander } from './wander.ts'

const dayMinutes = 1440
const causeCount = causeNames.length
const requested = causeNames.indexOf('client_requested')
/** Of the clients that lost their connection, the share that is back within the next minute. */
const quickReturn = 0.55
/** The same of those who said goodbye: they stay away for about half an hour. */
const slowReturn = 1 / 30
/** Share of a broker’s surplus for which returning clients are placed elsewhere, a minute. */
const rebalancing = 0.01
/** Refused attempts of a usual minute. */
const usualRefused = 0.15

/** Makes the minutes of a fleet; after each, `onMinute` may look at it. */
export function* fleetMinutes(run: {
  readonly cluster: string
  readonly plan: FleetPlan
  readonly effects: readonly Effect[]
  readonly random: Random
  readonly onMinute: (fleet: Fleet, minute: number) => void
}): Generator<ClusterMinute> {
  const { plan, random, cluster } = run
  const size = plan.brokers.length
  const weights = plan.brokers.map(({ weight }) => weight)
  const clockOf = localClock(plan.timezone)
  const seasonOf = season(plan, random)
  const split = causeSplitter(causeMix(random), random)
  const ownLoss = plan.dropsPerMinute / plan.clients
  const shared = slowWander(plan.wander * Math.sqrt(plan.wanderShared), plan.wanderMinutes, random)
  const own = weights.map(() => slowWander(plan.wander * Math.sqrt(1 - plan.wanderShared), plan.wanderMinutes, random))
  const shareWander = weights.map(() => slowWander(plan.shareWander, 12 * 60, random))

  const away = new Int32Array(size)
  const awayLong = new Int32Array(size)
  const shares = new Float64Array(size)
  const surplus = new Float64Array(size)
  const counts = new Int32Array(size * causeCount)
  const connects = new Int32Array(size)
  const told: (Told | undefined)[] = weights.map(() => undefined)
  const ended = (broker: number, cause: number, count: number) => {
    const at = broker * causeCount + cause
    counts[at] = (counts[at] ?? 0) + count
    fleet.connected[broker] = (fleet.connected[broker] ?? 0) - count
  }
  let local = clockOf(plan.startMs)
  const fleet: Fleet = {
    get local() {
      return local
    },
    random,
    connected: new Int32Array(size),
    present: new Uint8Array(size).fill(1),
    rate: new Float64Array(size),
    target: new Float64Array(size),
    coverage: new Float64Array(size),
    repeated: new Float64Array(size),
    closed: new Uint8Array(size),
    silent: weights.map(() => undefined),
    move: undefined,
    population: 1,
    drop: (broker, count, cause: Cause) => {
      const dropped = Math.min(Math.round(count), fleet.connected[broker] ?? 0)
      if (dropped <= 0) return
      ended(broker, causeNames.indexOf(cause), dropped)
      away[broker] = (away[broker] ?? 0) + dropped
    },
    lose: (broker) => {
      away[broker] = (away[broker] ?? 0) + (fleet.connected[broker] ?? 0)
      fleet.connected[broker] = 0
    },
    tell: (broker, more) => {
      told[broker] = { ...told[broker], ...more }
    },
  }

  const weightSum = weights.reduce((sum, weight) => sum + weight, 0)
  const meanWeight = weightSum / size
  let population = plan.clients * weightSum
  const firstClients = population
  for (let b = 0; b < size; b += 1) fleet.connected[b] = Math.round(plan.clients * (weights[b] ?? 0))

  const textOf = minuteText()
  let at = textOf(plan.startMs)
  let nextEffect = 0
  let active: Effect[] = []
  const effects = run.effects.toSorted((x, y) => x.from - y.from)
  const last = plan.days * dayMinutes
  for (let minute = 0; minute < last; minute += 1) {
    const startMs = plan.startMs + minute * minuteMs
    local = clockOf(startMs)
    counts.fill(0)
    connects.fill(0)
    fleet.rate.fill(1)
    fleet.target.fill(1)
    fleet.coverage.fill(1)
    fleet.repeated.fill(1)
    fleet.closed.fill(0)
    fleet.silent.fill(undefined)
    fleet.move = undefined
    fleet.population = 1
    for (; (effects[nextEffect]?.from ?? last) <= minute; nextEffect += 1) active.push(effects[nextEffect] as Effect)
    if (active.length > 0) {
      told.fill(undefined)
      active = active.filter((effect) => effect.to > minute)
      for (const effect of active) effect.apply(fleet, minute)
    }

    // Where the balancer would have all clients.
    let total = 0
    let shareSum = 0
    for (let b = 0; b < size; b += 1) {
      total += (fleet.connected[b] ?? 0) + (away[b] ?? 0) + (awayLong[b] ?? 0)
      const wandered = Math.exp(shareWander[b]?.() ?? 0)
      const takes = fleet.present[b] === 1 && fleet.closed[b] !== goneElsewhere
      shares[b] = takes ? (weights[b] ?? 0) * wandered * (fleet.target[b] ?? 1) : 0
      shareSum += shares[b] ?? 0
    }
    for (let b = 0; b < size; b += 1) shares[b] = (shares[b] ?? 0) / (shareSum || 1)

    // Usual disconnects.
    const seasonal = seasonOf(minute, local) * Math.exp(shared())
    for (let b = 0; b < size; b += 1) {
      const here = fleet.connected[b] ?? 0
      const mean = here * ownLoss * seasonal * Math.exp(own[b]?.() ?? 0) * (fleet.rate[b] ?? 1)
      const lost = Math.min(here, random.poisson(mean * random.gamma(plan.scatter)))
      if (lost === 0) continue
      split(lost, (cause, count) => {
        ended(b, cause, count)
        if (cause === requested) awayLong[b] = (awayLong[b] ?? 0) + count
        else away[b] = (away[b] ?? 0) + count
      })
    }

    // New clients of a growing fleet look for a place as those who return.
    const wanted = firstClients * (1 + plan.growthPerDay) ** (minute / dayMinutes) * fleet.population
    const added = Math.trunc(wanted - population)
    population += added
    let homeless = Math.max(0, added)
    const move = moveOf(fleet)
    for (let b = 0; b < size; b += 1) {
      const here = fleet.connected[b] ?? 0
      surplus[b] = here + (away[b] ?? 0) + (awayLong[b] ?? 0) - total * (shares[b] ?? 0)
      if (move !== undefined && (surplus[b] ?? 0) > 0) {
        const moved = Math.min(here, random.poisson((surplus[b] ?? 0) * move.pace))
        ended(b, causeNames.indexOf(move.cause), moved)
        homeless += moved
        surplus[b] = (surplus[b] ?? 0) - moved
      }
      if (fleet.closed[b] === waitingFor) continue
      const quick = random.binomial(away[b] ?? 0, quickReturn)
      const slow = random.binomial(awayLong[b] ?? 0, slowReturn)
      away[b] = (away[b] ?? 0) - quick
      awayLong[b] = (awayLong[b] ?? 0) - slow
      const back = quick + slow
      const elsewhere =
        fleet.closed[b] === goneElsewhere || fleet.present[b] === 0
          ? back
          : Math.min(back, random.poisson(Math.max(0, surplus[b] ?? 0) * rebalancing))
      homeless += elsewhere
      connects[b] = back - elsewhere
    }

    // They go where room is.
    let room = 0
    for (let b = 0; b < size; b += 1) {
      surplus[b] = Math.max(0, -(surplus[b] ?? 0)) + (shares[b] ?? 0)
      if ((shares[b] ?? 0) === 0) surplus[b] = 0
      room += surplus[b] ?? 0
    }
    for (let b = 0; b < size && homeless > 0; b += 1) {
      const placed = Math.min(homeless, Math.round((homeless * (surplus[b] ?? 0)) / (room || 1)))
      homeless -= placed
      room -= surplus[b] ?? 0
      connects[b] = (connects[b] ?? 0) + placed
    }
    for (let b = 0; b < size; b += 1) fleet.connected[b] = (fleet.connected[b] ?? 0) + (connects[b] ?? 0)
    run.onMinute(fleet, minute)

    const brokers = []
    let seen = 0
    for (let b = 0; b < size; b += 1) {
      if (fleet.present[b] === 0) continue
      seen = Math.max(seen, fleet.coverage[b] ?? 1)
      brokers.push(
        tellMinute({
          cluster,
          broker: plan.brokers[b]?.name ?? '',
          at,
          index: b,
          fleet,
          counts,
          connects: connects[b] ?? 0,
          refused: random.poisson((usualRefused * (weights[b] ?? 1)) / meanWeight),
          told: told[b],
          random,
        }),
      )
    }
    const end = textOf(startMs + minuteMs)
    yield { cluster, startMs, end, brokers, coverage: seen }
    at = end
  }
}

/** The effects may have set it. */
function moveOf(fleet: Fleet): Fleet['move'] {
  return fleet.move
}
