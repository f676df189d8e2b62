/** What every known cause of lost connections is: how it is recognised, how sure one may be of it, what to do. */
import type { Facts } from './facts.ts'

/** Evidence for one cause in one case. */
export interface Recognition {
  /** How well what was seen fits this cause and no other, 0 to 1. */
  readonly fit: number
  /** How many of the bad ends and failed attempts (`facts.toExplain`) it explains. */
  readonly explains: number
  /** Sentences with figures that a person can check against the record. */
  readonly evidence: readonly string[]
  /** What to do, with values; the best first. */
  readonly remedy: readonly string[]
  /** Whom it concerns, where not all; the foremost first. */
  readonly clients?: readonly string[]
}

/** One known cause. Pure, like the facts it looks at. */
export interface Explanation {
  /** Such as `idle_timeout`. Its heading in docs/diagnosis.md. */
  readonly name: string
  /** Such as `Something on the path cuts idle connections`. */
  readonly title: string
  /** `settled`: shown by a maintainer, a fix or a vendor; `inferred`: concluded from reports. */
  readonly basis: 'settled' | 'inferred'
  /** Where it was shown: a URL. */
  readonly source: string
  /** What must be recorded to recognise it. Said where the evidence does not suffice. */
  readonly needs: string
  /** Explanations that say less: they are dropped where this one is likely. */
  readonly over?: readonly string[]
  readonly recognise: (facts: Facts) => Recognition | undefined
}
