/** How old sessions were when they ended, as a histogram over ages that grow by a factor. Pure. */
import type { SessionAges } from '../../api/diagnosis.ts'
import type { Cause } from '../../domain/cause.ts'
import { causeText, shownCauses } from './causes.ts'
import { countText, figureText } from './figures.ts'

export interface AgeBar {
  readonly fromSeconds: number
  readonly toSeconds: number
  /** `50 s to 1 min 10 s`. */
  readonly text: string
  readonly total: number
  /** Left edge and width, parts of the whole axis. */
  readonly left: number
  readonly width: number
  /** From the bottom up; heights are parts of the highest bar. */
  readonly segments: readonly { readonly cause: Cause; readonly count: number; readonly height: number }[]
}

export interface AgeLimit {
  readonly seconds: number
  /** Who cuts there; several may do so at one age. */
  readonly text: string
  readonly left: number
  /** Many sessions ended there: it is likely the reason. */
  readonly peak: boolean
}

export interface AgeHistogram {
  readonly bars: readonly AgeBar[]
  readonly causes: readonly Cause[]
  readonly ticks: readonly { readonly left: number; readonly text: string }[]
  readonly limits: readonly AgeLimit[]
  readonly most: number
  /** In a sentence, for who does not see it. */
  readonly summary: string
}

const tickSeconds = [1, 10, 60, 600, 3600, 21_600, 86_400, 604_800, 2_592_000]
/** What cuts looks only now and then, so a limit explains ends until a little after it too. */
const after = 1.05
/** How an idle connection that was cut looks to the broker. */
const ofCuts: ReadonlySet<Cause> = new Set(['network_eof', 'network_reset', 'keepalive_timeout', 'unknown'])
const leastAtPeak = 3
const leastShareAtPeak = 0.2

export function ageHistogram({ bins, idleLimits, sessions }: SessionAges): AgeHistogram {
  const ordered = bins.toSorted((a, b) => a.fromSeconds - b.fromSeconds)
  const low = Math.max(0.5, Math.min(1, ordered[0]?.fromSeconds ?? 1))
  const high = Math.max(ordered.at(-1)?.toSeconds ?? 60, 60)
  const at = (seconds: number) =>
    Math.min(1, Math.max(0, Math.log(Math.max(seconds, low) / low) / Math.log(high / low)))
  const totals = ordered.map(({ counts }) => shownCauses.reduce((sum, cause) => sum + (counts[cause] ?? 0), 0))
  const most = Math.max(1, ...totals)
  const bars = ordered.map(({ fromSeconds, toSeconds, counts }, index): AgeBar => {
    const left = at(fromSeconds)
    return {
      fromSeconds,
      toSeconds,
      text: `${ageText(fromSeconds)} to ${ageText(toSeconds)}`,
      total: totals[index] ?? 0,
      left,
      width: Math.max(at(toSeconds) - left, 0.004),
      segments: shownCauses.flatMap((cause) => {
        const count = counts[cause] ?? 0
        return count === 0 ? [] : [{ cause, count, height: count / most }]
      }),
    }
  })
  return {
    bars,
    causes: shownCauses.filter((cause) => bars.some(({ segments }) => segments.some((each) => each.cause === cause))),
    ticks: tickSeconds
      .filter((seconds) => seconds >= low && seconds <= high)
      .map((seconds) => ({ left: at(seconds), text: ageText(seconds) })),
    limits: limitsOf(idleLimits, { bars, at, high }),
    most,
    summary: summaryOf(bars, sessions),
  }
}

function limitsOf(
  limits: SessionAges['idleLimits'],
  about: {
    readonly bars: readonly AgeBar[]
    readonly at: (seconds: number) => number
    readonly high: number
  },
): readonly AgeLimit[] {
  const { bars, at, high } = about
  const all = cutsOf(bars)
  const bySeconds = new Map<number, string[]>()
  for (const { seconds, who } of limits) {
    if (seconds <= high) bySeconds.set(seconds, [...(bySeconds.get(seconds) ?? []), who])
  }
  return [...bySeconds]
    .toSorted(([a], [b]) => a - b)
    .map(([seconds, who]) => {
      const ended = cutsOf(
        bars.filter(({ fromSeconds, toSeconds }) => toSeconds > seconds && fromSeconds <= seconds * after),
      )
      return {
        seconds,
        text: `${ageText(seconds)}: ${who.join(', ')}`,
        left: at(seconds),
        peak: ended >= leastAtPeak && ended >= leastShareAtPeak * all,
      }
    })
}

function cutsOf(bars: readonly AgeBar[]): number {
  return bars
    .flatMap(({ segments }) => segments)
    .reduce((sum, { cause, count }) => (ofCuts.has(cause) ? sum + count : sum), 0)
}

function summaryOf(bars: readonly AgeBar[], sessions: number): string {
  const top = bars.reduce<AgeBar | undefined>((best, bar) => (bar.total > (best?.total ?? 0) ? bar : best), undefined)
  if (top === undefined) return 'No session that ended has a known begin.'
  const [first] = top.segments.toSorted((a, b) => b.count - a.count)
  const why = first === undefined ? '' : `, of these ${first.count} by ${causeText(first.cause)}`
  return `${countText(sessions, 'session')}. Most ended at an age of ${top.text}: ${top.total}${why}.`
}

const units = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const

/** `0.5 s`, `45 s`, `5 min 50 s`, `2 h`. */
export function ageText(seconds: number): string {
  const [size, name] = units.find(([each]) => Math.round(seconds) >= each) ?? [1, 's']
  if (size === 1) return `${figureText(seconds)} s`
  const smaller = units[units.findIndex(([each]) => each === size) + 1] ?? ([1, 's'] as const)
  const whole = Math.floor(Math.round(seconds) / size)
  const rest = Math.floor((Math.round(seconds) % size) / smaller[0])
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${smaller[1]}`
}
