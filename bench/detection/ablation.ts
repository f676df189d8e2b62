/** The detector of disconnects without one of its parts each: what is that part worth? */
import { allParts } from '../../domain/rate/parts.ts'
import type { Variant } from './subject.ts'

const without = (name: string, part: keyof typeof allParts): Variant => {
  return { name: `without ${name}`, detection: {}, parts: { ...allParts, [part]: false } }
}

export const ablations: readonly Variant[] = [
  without('seasons', 'season'),
  { name: 'UTC instead of local time', detection: {}, timezone: 'UTC' },
  without('recurrent bursts', 'bursts'),
  without('scatter (Poisson tail)', 'scatter'),
  without('faster levels', 'speeds'),
  without('the other brokers', 'others'),
  without('holidays', 'holidays'),
  without('how far calm times strayed', 'peaks'),
  without('windows over 15 min', 'longWindows'),
  without('each cause alone', 'causes'),
  without('the cluster as one', 'whole'),
  { name: 'without a minimum surplus', detection: { disconnectRate: { minimumSurplus: 1 } }, parts: allParts },
]
