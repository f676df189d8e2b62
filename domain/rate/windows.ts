/** Counts of the last two hours, minute by minute, and their sums over several windows that end now. */

/** Lengths of the windows in minutes, shortest first. */
export const windowMinutes = [1, 3, 5, 15, 30, 60, 120] as const
export const windowCount = windowMinutes.length
/** From this window on, bursts count no more than was expected of their minute: they were told by shorter ones. */
export const firstLong = windowMinutes.indexOf(30)
const longest = 120
/** A ring longer than the longest window, so that the minute that leaves a window is still there. */
const size = 128
const mask = size - 1

/**
 * All figures are whole numbers (exposure in sixteenths), so that sums are exact and the same however often they were
 * stored and read again.
 */
export interface Windows {
  /** The newest minute, counted from the epoch; -1 before the first. */
  newest: number
  readonly observed: Float64Array
  /** As observed, but what was told by a short window is set back to what was expected. */
  readonly calmed: Float64Array
  /** What the count is held against: clients × season, in sixteenths; 0 where the minute was not seen. */
  readonly exposure: Float64Array
  /** Exposure of minutes in which a recurrent spike is expected. */
  readonly spiky: Float64Array
  readonly observedSums: Float64Array
  readonly exposureSums: Float64Array
  readonly spikySums: Float64Array
}

export const exposureUnit = 16

const ring = () => new Float64Array(size)
const sums = () => new Float64Array(windowCount)

export function emptyWindows(): Windows {
  return {
    newest: -1,
    observed: ring(),
    calmed: ring(),
    exposure: ring(),
    spiky: ring(),
    observedSums: sums(),
    exposureSums: sums(),
    spikySums: sums(),
  }
}

/** Adds the next minute. Minutes left out count as not seen. */
export function addMinute(
  windows: Windows,
  minute: number,
  figures: { readonly observed: number; readonly calmed: number; readonly exposure: number; readonly isSpiky: boolean },
): void {
  // After so long nothing that was counted is in any window.
  if (minute - windows.newest > longest) forget(windows)
  const from = windows.newest < 0 ? minute : windows.newest + 1
  for (let each = from; each < minute; each += 1) put(windows, each, 0, 0, 0, 0)
  const { observed, calmed, exposure, isSpiky } = figures
  put(windows, minute, observed, calmed, exposure, isSpiky ? exposure : 0)
}

function forget(windows: Windows): void {
  const { observed, calmed, exposure, spiky, observedSums, exposureSums, spikySums } = windows
  for (const each of [observed, calmed, exposure, spiky, observedSums, exposureSums, spikySums]) each.fill(0)
  windows.newest = -1
}

function put(w: Windows, minute: number, observed: number, calmed: number, exposure: number, spiky: number): void {
  for (let n = 0; n < windowCount; n += 1) {
    const leaving = (minute - (windowMinutes[n] ?? 0)) & mask
    const left = n < firstLong ? w.observed : w.calmed
    w.observedSums[n] = (w.observedSums[n] ?? 0) + (n < firstLong ? observed : calmed) - (left[leaving] ?? 0)
    w.exposureSums[n] = (w.exposureSums[n] ?? 0) + exposure - (w.exposure[leaving] ?? 0)
    w.spikySums[n] = (w.spikySums[n] ?? 0) + spiky - (w.spiky[leaving] ?? 0)
  }
  const at = minute & mask
  w.observed[at] = observed
  w.calmed[at] = calmed
  w.exposure[at] = exposure
  w.spiky[at] = spiky
  w.newest = minute
}

/** Corrects what was counted in a minute of the last two hours. */
export function correctObserved(windows: Windows, minute: number, observed: number, calmed: number): void {
  const age = windows.newest - minute
  if (age < 0 || age >= longest) return
  const at = minute & mask
  for (let n = 0; n < windowCount; n += 1) {
    if (age >= (windowMinutes[n] ?? 0)) continue
    const change = n < firstLong ? observed - (windows.observed[at] ?? 0) : calmed - (windows.calmed[at] ?? 0)
    windows.observedSums[n] = (windows.observedSums[n] ?? 0) + change
  }
  windows.observed[at] = observed
  windows.calmed[at] = calmed
}

export const observedAt = (windows: Windows, minute: number): number => windows.observed[minute & mask] ?? 0
export const calmedAt = (windows: Windows, minute: number): number => windows.calmed[minute & mask] ?? 0
export const exposureAt = (windows: Windows, minute: number): number => windows.exposure[minute & mask] ?? 0

/** Short form for the store: the minutes of the longest window, oldest first, zeros at the begin left out. */
export interface SavedWindows {
  readonly newest: number
  readonly observed: readonly number[]
  readonly exposure: readonly number[]
  /** Minutes (as ages) whose calmed count differs, with that count; and ages of spiky minutes. */
  readonly calmed: readonly (readonly [age: number, count: number])[]
  readonly spiky: readonly number[]
}

export function saveWindows(windows: Windows): SavedWindows {
  const observed: number[] = []
  const exposure: number[] = []
  const calmed: [number, number][] = []
  const spiky: number[] = []
  for (let age = longest - 1; age >= 0; age -= 1) {
    const minute = windows.newest - age
    const count = observedAt(windows, minute)
    const held = exposureAt(windows, minute)
    if (observed.length === 0 && count === 0 && held === 0) continue
    observed.push(count)
    exposure.push(held)
    if (calmedAt(windows, minute) !== count) calmed.push([age, calmedAt(windows, minute)])
    if ((windows.spiky[minute & mask] ?? 0) > 0) spiky.push(age)
  }
  return { newest: windows.newest, observed, exposure, calmed, spiky }
}

export function openWindows(saved: SavedWindows): Windows {
  const windows = emptyWindows()
  if (saved.newest < 0) return windows
  const calmed = new Map(saved.calmed)
  const spiky = new Set(saved.spiky)
  const count = saved.observed.length
  for (let n = 0; n < count; n += 1) {
    const age = count - 1 - n
    const observed = saved.observed[n] ?? 0
    const figures = { observed, calmed: calmed.get(age) ?? observed, exposure: saved.exposure[n] ?? 0 }
    addMinute(windows, saved.newest - age, { ...figures, isSpiky: spiky.has(age) })
  }
  if (count === 0) windows.newest = saved.newest
  return windows
}
