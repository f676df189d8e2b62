/** Every detector, in the order they judge. */
import type { Detector } from '../detector.ts'
import { disconnectRate } from './disconnect-rate.ts'
import { imbalance } from './imbalance.ts'
import { watcherBlind } from './watcher-blind.ts'

export const detectors: readonly Detector[] = [disconnectRate, imbalance, watcherBlind]
