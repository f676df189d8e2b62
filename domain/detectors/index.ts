/** Every detector, in the order they judge. */
import type { Detector } from '../detector.ts'
import { brokerSilent } from './broker-silent.ts'
import { clientOffline } from './client-offline.ts'
import { disconnectRate } from './disconnect-rate.ts'
import { flapping } from './flapping.ts'
import { imbalance } from './imbalance.ts'
import { reconnectStorm } from './reconnect-storm.ts'
import { refusedRate } from './refused-rate.ts'
import { resources } from './resources.ts'
import { takeoverLoop } from './takeover-loop.ts'
import { watcherBlind } from './watcher-blind.ts'

export const detectors: readonly Detector[] = [
  disconnectRate,
  imbalance,
  reconnectStorm,
  refusedRate,
  flapping,
  takeoverLoop,
  brokerSilent,
  clientOffline,
  resources,
  watcherBlind,
]
