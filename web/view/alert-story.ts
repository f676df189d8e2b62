/** An alert in words: what was seen against what was expected, and how it went on. Pure. */
import type { Alert, AlertKind, Transition } from '../../domain/alert.ts'
import { countText, figureText } from './figures.ts'
import { durationText } from './time.ts'

/** What the figures of a kind count, and what its score says. */
interface Measure {
  readonly unit: string
  /** `chance`: standard deviations; `allowed`: times what is allowed; absent: it says nothing more than the others. */
  readonly score?: 'chance' | 'allowed'
  /** It is told when there is nothing. */
  readonly lack?: true
}

const measures: Readonly<Record<AlertKind, Measure>> = {
  disconnect_rate: { unit: 'abnormal disconnects', score: 'chance' },
  imbalance: { unit: 'clients', score: 'chance' },
  reconnect_storm: { unit: 'connects', score: 'chance' },
  refused_rate: { unit: 'refused attempts', score: 'chance' },
  flapping: { unit: 'clients that flap', score: 'allowed' },
  takeover_loop: { unit: 'take-overs', score: 'allowed' },
  broker_silent: { unit: 'events', lack: true },
  client_offline: { unit: 'minutes offline', score: 'allowed' },
  resources: { unit: '% of a ceiling' },
  watcher_blind: { unit: 'minutes unseen', score: 'allowed' },
}

/** Kinds that speak of single clients; the others do of brokers. */
const ofClients: ReadonlySet<AlertKind> = new Set(['flapping', 'takeover_loop', 'client_offline'])

export interface FigureRow {
  readonly name: string
  readonly value: string
  readonly note?: string
}

/** The figures that an alert rests on, each with what it means. */
export function figureRows(alert: Alert): readonly FigureRow[] {
  const { kind, observed, expected, upper, windowMinutes, cold, affected } = alert
  const { unit, lack } = measures[kind]
  const within = windowMinutes === undefined || kind === 'imbalance' ? undefined : `within ${windowMinutes} min`
  const isLow = upper !== undefined && upper < expected
  const far = scoreText(alert)
  return [
    {
      name: 'Seen',
      value: lack === true ? 'nothing' : `${figureText(observed)} ${unit}`,
      ...(within === undefined ? {} : { note: within }),
    },
    kind === 'resources'
      ? { name: 'Clear again below', value: `${figureText(expected)} %` }
      : {
          name: kind === 'client_offline' ? 'Allowed' : 'Expected',
          value: expected === 0 ? 'none' : `about ${figureText(expected)}`,
          ...(lack === true ? { note: 'events, or clients that are gone' } : {}),
        },
    ...(upper === undefined || lack === true
      ? []
      : [{ name: 'Alert', value: `${isLow ? 'at' : 'from'} ${figureText(upper)} ${isLow ? 'or fewer' : 'on'}` }]),
    ...(far === undefined ? [] : [{ name: 'How far off', ...far }]),
    ...(affected === undefined || kind === 'flapping'
      ? []
      : [{ name: 'Speaks of', value: countText(affected, ofClients.has(kind) ? 'client' : 'broker') }]),
    ...(cold === true
      ? [{ name: 'Experience', value: 'little yet', note: 'what is usual here is known roughly: the band is wide' }]
      : []),
  ]
}

function scoreText({ kind, score }: Alert): { value: string; note?: string } | undefined {
  const { score: means } = measures[kind]
  if (means === 'allowed') return { value: `${figureText(score)} times what is allowed` }
  if (means !== 'chance') return undefined
  const size = Math.abs(score)
  const side = score < 0 ? 'below' : 'above'
  return {
    value: `${figureText(size)} standard deviations ${side}`,
    note: size >= 6 ? 'chance does not do that' : 'chance hardly does that',
  }
}

const whyTexts: Readonly<Record<Transition['why'], string>> = {
  began: 'It began.',
  severity_rose: 'It became critical.',
  doubled: 'Twice as bad as when it was last told.',
  cause_clear: 'One cause has become clear.',
  repeated: 'It still stands, and nobody has acknowledged it.',
  calm_again: 'Calm again.',
  new_normal: 'It has lasted so long that it is what is usual now.',
  widespread: 'One alert of the whole cluster tells it from now on.',
  silence_over: 'It was kept quiet until now, and still stands.',
  gone: 'Its broker is not known any more.',
}

const quietTexts: Readonly<Record<NonNullable<Transition['quiet']>, string>> = {
  silence: 'Not told to anybody: a silence covered it.',
  maintenance: 'Not told to anybody: announced maintenance was going on.',
  acknowledged: 'Not told to anybody: somebody looks after it.',
  part_of: 'Not told by itself: it is part of a wider alert.',
}

export interface StoryEntry {
  readonly key: string
  readonly at: string
  readonly title: string
  /** Why it was told. */
  readonly why?: string
  /** The figures then, where they are other than before. */
  readonly summary?: string
  readonly quiet?: string
  readonly tone: 'critical' | 'warning' | 'good' | ''
  /** What an operator said. */
  readonly note?: string
}

const statusTitles = { opened: 'Opened', updated: 'Told again', resolved: 'Resolved' } as const
const verdictTitles = { true: 'an incident', benign: 'real but harmless', false: 'a false alarm' } as const

/** Everything that happened to an alert, in the order of time: what it told, and what operators did. */
export function storyOf(alert: Alert): readonly StoryEntry[] {
  const { transitions, acknowledgement, verification } = alert
  const told = transitions.map((each, index): StoryEntry => {
    const isNew = each.summary !== transitions[index - 1]?.summary
    return {
      key: `transition-${index}`,
      at: each.at,
      title: `${statusTitles[each.status]}${each.status === 'resolved' ? '' : `, ${each.severity}`}`,
      why: whyTexts[each.why],
      ...(isNew ? { summary: each.summary } : {}),
      ...(each.quiet === undefined ? {} : { quiet: quietTexts[each.quiet] }),
      tone: each.status === 'resolved' ? 'good' : each.severity,
    }
  })
  const acts: StoryEntry[] = [
    ...(acknowledgement === undefined
      ? []
      : [{ key: 'acknowledged', title: `Acknowledged by ${acknowledgement.by}`, ...actOf(acknowledgement) }]),
    ...(verification === undefined
      ? []
      : [
          {
            key: 'verified',
            title: `${verification.by} found it to be ${verdictTitles[verification.verdict]}`,
            ...actOf(verification),
          },
        ]),
  ]
  return [...told, ...acts].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

function actOf({ at, note }: { readonly at: string; readonly note?: string | undefined }) {
  return { at, tone: '' as const, ...(note === undefined || note === '' ? {} : { note }) }
}

/** How long it lasted, or has lasted until now. */
export function lastedText({ openedAt, resolvedAt }: Alert, nowMs: number): string {
  const untilMs = resolvedAt === undefined ? nowMs : Date.parse(resolvedAt)
  return durationText(untilMs - Date.parse(openedAt))
}

/** Marks of a row: what operators said, and whether its newest word was kept quiet. */
export function flagsOf({ acknowledgement, verification, transitions, status }: Alert): readonly string[] {
  const quiet = transitions.at(-1)?.quiet
  return [
    ...(acknowledgement === undefined ? [] : ['acknowledged']),
    ...(verification === undefined ? [] : [verdictTitles[verification.verdict].replace(/^an? /, '')]),
    ...(quiet === undefined || (quiet === 'acknowledged' && status === 'open') ? [] : [`quiet: ${quietNames[quiet]}`]),
  ]
}

const quietNames = {
  silence: 'silenced',
  maintenance: 'maintenance',
  acknowledged: 'looked after',
  part_of: 'part of a wider alert',
} as const
