/** The parts of the detector of disconnects, each with a name, so that a benchmark can tell what each is worth. */

/** All are in force, but where a benchmark leaves one out. */
export interface Parts {
  /** The fleet's local day and week. */
  readonly season: boolean
  /** Bursts that recur at the same local time. */
  readonly bursts: boolean
  /** Scatter beyond Poisson, learned by broker and window. */
  readonly scatter: boolean
  /** Faster levels beside that of two days. */
  readonly speeds: boolean
  /** What the cluster's other brokers have meanwhile. */
  readonly others: boolean
  /** A working day may be like a Sunday, and the reverse. */
  readonly holidays: boolean
  /** How far calm times have strayed already. */
  readonly peaks: boolean
  /** Windows of half an hour and more. */
  readonly longWindows: boolean
  /** Each cause by itself. */
  readonly causes: boolean
  /** The brokers that do not stand out, as one. */
  readonly whole: boolean
}

export const allParts: Parts = {
  season: true,
  bursts: true,
  scatter: true,
  speeds: true,
  others: true,
  holidays: true,
  peaks: true,
  longWindows: true,
  causes: true,
  whole: true,
}
