/** Named thresholds that switch off a part of the detectors each: what is that part worth? */
import type { Variant } from './subject.ts'

export const ablations: readonly Variant[] = [
  { name: 'without a minimum surplus', detection: { disconnectRate: { minimumSurplus: 1 } } },
  { name: 'with half the improbability', detection: { disconnectRate: { improbability: 5 } } },
]
