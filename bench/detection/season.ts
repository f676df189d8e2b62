/** How a fleet's rate of disconnects goes with the local day: two harmonics, other ones at weekends, and holidays. */
import type { LocalTime } from './local-clock.ts'
import type { Random } from './random.ts'
import type { FleetPlan } from './scenario.ts'

const dayMinutes = 1440

/** Answers the factor of a minute of the run; its mean over a weekday is 1. */
export function season(plan: FleetPlan, random: Random): (minute: number, local: LocalTime) => number {
  const peak = random.between(0.3, 0.8)
  const weekday = shape(plan.amplitude, peak, random)
  const weekend = shape(plan.amplitude * random.between(0.4, 1), peak + random.between(-0.1, 0.1), random)
  return (minute, local) => {
    const free = local.weekday === 0 || local.weekday === 6 || plan.holidays.includes(Math.floor(minute / dayMinutes))
    return free ? plan.weekendFactor * (weekend[local.minuteOfDay] ?? 1) : (weekday[local.minuteOfDay] ?? 1)
  }
}

function shape(amplitude: number, peak: number, random: Random): Float64Array {
  const first = amplitude * random.between(0.6, 1)
  const second = amplitude * random.between(0.1, 0.4)
  const secondPeak = random.next()
  return Float64Array.from({ length: dayMinutes }, (_, minute) => {
    const turn = 2 * Math.PI * (minute / dayMinutes)
    const value =
      1 + first * Math.cos(turn - 2 * Math.PI * peak) + second * Math.cos(2 * turn - 2 * Math.PI * secondPeak)
    return Math.max(0.1, value)
  })
}
