/** How far a broker's clock is from the watcher's: the median of what recent messages showed. */
import { secondMs } from '../domain/time.ts'

/** Below this the difference is within what stamps of whole seconds and the network explain. */
const usedFromMs = 2 * secondMs
const saidFromMs = 5 * secondMs
const remembered = 31
const neededForEstimate = 3

export interface BrokerClock {
  /** One stamp of the broker's minus the time of its receipt, milliseconds. */
  readonly measure: (differenceMs: number) => void
  /** Broker's clock minus the watcher's, milliseconds; undefined until enough was seen. */
  readonly offsetMs: () => number | undefined
  /** The watcher's time as the broker would tell it. */
  readonly inBrokerTime: (epochMs: number) => number
  /** What to tell people when the clocks differ by more than 5 s. */
  readonly problem: () => string | undefined
}

/** A clock estimate that forgets all but the last few dozen measurements. */
export function createBrokerClock(): BrokerClock {
  const recent: number[] = []
  const offsetMs = () => {
    if (recent.length < neededForEstimate) return undefined
    return recent.toSorted((a, b) => a - b)[Math.floor(recent.length / 2)]
  }
  return {
    measure: (differenceMs) => {
      recent.push(differenceMs)
      if (recent.length > remembered) recent.shift()
    },
    offsetMs,
    inBrokerTime: (epochMs) => {
      const offset = offsetMs() ?? 0
      return Math.abs(offset) >= usedFromMs ? epochMs + offset : epochMs
    },
    problem: () => {
      const offset = offsetMs() ?? 0
      if (Math.abs(offset) <= saidFromMs) return undefined
      const direction = offset > 0 ? 'ahead of' : 'behind'
      const seconds = Math.round(Math.abs(offset) / secondMs)
      return `the broker’s clock is ${seconds} s ${direction} the watcher’s: set both by NTP`
    },
  }
}
