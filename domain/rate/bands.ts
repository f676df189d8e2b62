/** What a minute's disconnects were held against: of each broker, and of the cluster as a whole. */
import type { Bands } from '../detector.ts'
import type { Band, Minute } from '../minute.ts'
import type { BrokerTrack } from './broker-track.ts'
import { type Subject, upperOf } from './evidence.ts'
import type { Track } from './track.ts'
import { exposureAt } from './windows.ts'

/** A broker's minute, judged. */
export interface Judged {
  readonly minute: Minute
  readonly broker: BrokerTrack
  readonly subject: Subject
  /** It stands out by itself. */
  readonly isFiring: boolean
}

/**
 * The bands of the brokers that were seen, and that of their sum. The sum was judged in parts: the brokers that do not
 * stand out as one (`whole`; each by itself where nothing was expected of them as one), those that stand out each by
 * itself. Its band is the sum of theirs, so what is above it was above at least one of them. It has none where
 * disconnects were counted of a broker that was held against nothing: hardly seen, or being worked on.
 */
export function bandsOf(judged: readonly Judged[], whole?: Subject): Bands {
  const bands = new Map<string, Band>()
  for (const { minute, subject } of judged) {
    if (wasSeen(subject.track)) bands.set(minute.broker, upperOf(subject))
  }
  const unseen = judged.some(({ minute }) => minute.abnormal > 0 && !bands.has(minute.broker))
  if (unseen || bands.size === 0) return { brokers: bands }
  const together = whole !== undefined && wasSeen(whole.track) ? [upperOf(whole)] : undefined
  const alone = judged.filter(({ isFiring }) => isFiring || together === undefined)
  const parts = [...(together ?? []), ...alone.flatMap(({ minute }) => bands.get(minute.broker) ?? [])]
  const cluster = { expected: 0, upper: 0 }
  for (const { expected, upper } of parts) {
    cluster.expected += expected
    cluster.upper += upper
  }
  return { brokers: bands, cluster }
}

const wasSeen = ({ windows }: Track) => exposureAt(windows, windows.newest) > 0
