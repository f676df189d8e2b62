/** Every scenario: what fleet it is, what traps it has, and which incidents befall it. */
import { everywhere, failover, keepaliveWave, outage, pingPong, raised, restart } from './disconnect-incidents.ts'
import type { Draft } from './draft.ts'
import { drained, gradual, notGivenBack, weightsIgnored } from './imbalance-incidents.ts'
import {
  flapping,
  reconnectStorm,
  refusedWave,
  resources,
  silentDeath,
  takeoverLoop,
  watchedClient,
} from './other-incidents.ts'
import * as traps from './traps.ts'

const spike = (draft: Draft) => raised(draft, 'spike')
const slow = (draft: Draft) => raised(draft, 'slow')
const aftermath = (draft: Draft) => restart(draft, { aftermathMinutes: 20 })

export type Range = readonly [low: number, high: number]
export interface Spec {
  /** Weights of the brokers. */
  readonly weights: readonly number[]
  readonly clients: Range
  readonly drops: Range
  readonly timezone?: string
  /** A change of daylight saving that falls into the scored days. */
  readonly change?: string
  readonly amplitude?: Range
  readonly weekend?: Range
  readonly scatter?: Range
  readonly wander?: Range
  readonly shareWander?: Range
  readonly growthPerDay?: number
  readonly holiday?: boolean
  /** In the order in which they find their places. */
  readonly befalls: readonly ((draft: Draft) => void)[]
}

export const berlin = 'Europe/Berlin'
export const newYork = 'America/New_York'
const even = (brokers: number): number[] => Array.from({ length: brokers }, () => 1)

/** By name. Long incidents stand first: they find their place while there is room. */
export const specs: Readonly<Record<string, Spec>> = {
  'steady-small': {
    weights: even(3),
    clients: [400, 1500],
    drops: [3, 8],
    befalls: [restart, spike, keepaliveWave, pingPong, everywhere],
  },
  'steady-large': {
    weights: even(6),
    clients: [12_000, 20_000],
    drops: [80, 150],
    befalls: [restart, failover, spike, slow, outage],
  },
  'daily-shape': {
    weights: even(4),
    clients: [3000, 9000],
    drops: [8, 25],
    timezone: newYork,
    amplitude: [0.6, 0.7],
    befalls: [restart, keepaliveWave, spike, slow],
  },
  'daily-batch-spring': {
    weights: even(4),
    clients: [2000, 8000],
    drops: [6, 20],
    timezone: berlin,
    change: '2026-03-29',
    befalls: [traps.dailyBatch, restart, spike, slow, pingPong],
  },
  'daily-batch-autumn': {
    weights: even(3),
    clients: [1500, 5000],
    drops: [5, 15],
    timezone: berlin,
    change: '2026-10-25',
    befalls: [traps.dailyBatch, failover, spike, keepaliveWave],
  },
  'new-york-spring': {
    weights: even(4),
    clients: [3000, 10_000],
    drops: [20, 70],
    timezone: newYork,
    change: '2026-03-08',
    amplitude: [0.5, 0.7],
    befalls: [traps.dailyBatch, restart, outage, slow],
  },
  'new-york-autumn': {
    weights: even(3),
    clients: [3000, 10_000],
    drops: [10, 40],
    timezone: newYork,
    change: '2026-11-01',
    amplitude: [0.4, 0.7],
    befalls: [notGivenBack, traps.dailyBatch, pingPong, slow],
  },
  'weekly-factory': {
    weights: even(5),
    clients: [1500, 6000],
    drops: [6, 20],
    timezone: berlin,
    weekend: [0.2, 0.4],
    amplitude: [0.4, 0.7],
    shareWander: [0.08, 0.12],
    befalls: [gradual, restart, keepaliveWave, slow],
  },
  'weekly-leisure': {
    weights: even(3),
    clients: [2000, 8000],
    drops: [8, 30],
    timezone: newYork,
    weekend: [1.4, 1.8],
    befalls: [spike, slow, pingPong],
  },
  'holiday-factory': {
    weights: even(4),
    clients: [2000, 6000],
    drops: [6, 20],
    timezone: berlin,
    weekend: [0.25, 0.5],
    amplitude: [0.4, 0.7],
    holiday: true,
    befalls: [restart, failover],
  },
  'holiday-leisure': {
    weights: even(3),
    clients: [2000, 6000],
    drops: [6, 20],
    weekend: [1.3, 1.6],
    holiday: true,
    befalls: [spike, outage],
  },
  'watcher-gaps': {
    weights: even(4),
    clients: [1000, 5000],
    drops: [4, 15],
    befalls: [notGivenBack, traps.watcherGaps, restart, spike],
  },
  growing: {
    weights: even(4),
    clients: [1000, 5000],
    drops: [4, 15],
    growthPerDay: 0.02,
    befalls: [gradual, restart, keepaliveWave, slow],
  },
  doubling: {
    weights: even(3),
    clients: [1000, 4000],
    drops: [4, 12],
    befalls: [traps.doubling, restart, spike, everywhere],
  },
  weighted: {
    weights: [1, 1, 2, 4],
    clients: [800, 3000],
    drops: [3, 10],
    befalls: [weightsIgnored, drained, restart, failover, pingPong],
  },
  tiny: { weights: even(3), clients: [4, 4], drops: [0.005, 0.03], befalls: [] },
  'low-volume': { weights: even(4), clients: [200, 600], drops: [0.01, 0.05], befalls: [gradual, restart, outage] },
  'site-bursts': {
    weights: even(4),
    clients: [60, 200],
    drops: [0.02, 0.1],
    befalls: [traps.siteBursts, restart, pingPong],
  },
  'shares-wander': {
    weights: even(6),
    clients: [1500, 6000],
    drops: [5, 20],
    shareWander: [0.1, 0.12],
    befalls: [gradual, drained, failover],
  },
  overdispersed: {
    weights: even(5),
    clients: [3000, 12_000],
    drops: [30, 90],
    shareWander: [0.08, 0.12],
    scatter: [0.3, 0.4],
    wander: [0.28, 0.35],
    befalls: [drained, restart, failover, keepaliveWave, spike, outage],
  },
  noisy: {
    weights: even(8),
    clients: [2000, 8000],
    drops: [10, 30],
    scatter: [0.1, 0.25],
    wander: [0.2, 0.3],
    shareWander: [0.06, 0.1],
    befalls: [notGivenBack, slow, slow, spike, spike, keepaliveWave],
  },
  deployments: {
    weights: even(4),
    clients: [1000, 4000],
    drops: [4, 12],
    befalls: [gradual, traps.deployments, restart, slow],
  },
  'added-and-removed': {
    weights: even(4),
    clients: [1500, 5000],
    drops: [5, 15],
    befalls: [traps.added, traps.removed, spike],
  },
  'clock-steps': {
    weights: even(3),
    clients: [1500, 5000],
    drops: [6, 20],
    befalls: [drained, traps.clockSteps, restart, slow],
  },
  'single-broker': {
    weights: even(1),
    clients: [8000, 16_000],
    drops: [20, 60],
    amplitude: [0.3, 0.6],
    befalls: [restart, spike, slow, keepaliveWave, pingPong],
  },
  'misbehaving-clients': {
    weights: even(3),
    clients: [400, 2000],
    drops: [3, 8],
    befalls: [
      resources,
      flapping,
      flapping,
      takeoverLoop,
      takeoverLoop,
      reconnectStorm,
      reconnectStorm,
      refusedWave,
      refusedWave,
      watchedClient,
      watchedClient,
    ],
  },
  'silence-and-aftermath': {
    weights: even(4),
    clients: [1000, 4000],
    drops: [5, 15],
    befalls: [silentDeath, silentDeath, aftermath, aftermath, aftermath],
  },
}
