/** Half of the brokers at once are one incident: their judgements of one kind become one of the whole cluster. */
import * as z from 'zod/mini'
import { type AlertKind, AlertKindSchema, type Judgement } from './alert.ts'
import type { AlertsSettings } from './thresholds.ts'
import { minuteMs } from './time.ts'
import { fired, FiredSchema, widespreadFinding, widespreadKinds } from './widespread-finding.ts'

/** Per kind: what each broker that fired lately fired with, and whether one alert tells it. */
export const TogetherSchema = z.record(
  z.string(),
  z.strictObject({ spread: z.boolean(), brokers: z.record(z.string(), FiredSchema) }),
)
export type Together = Readonly<z.infer<typeof TogetherSchema>>

/** A broker whose own alert ends because the cluster's tells it from now on. */
export interface Joined {
  readonly kind: AlertKind
  readonly broker: string
}

interface Now {
  readonly startMs: number
  /** Brokers of the cluster without those under announced work. */
  readonly brokers: () => number
  readonly settings: AlertsSettings
  /** Is an alert of this kind open for the whole cluster? */
  readonly clusterOpen: (kind: AlertKind) => boolean
}

export interface Grouped {
  readonly judgements: readonly Judgement[]
  readonly together: Together
  readonly joined: readonly Joined[]
}

/**
 * Groups the judgements of a minute. `together` is what the minute before left. It begins when enough brokers fired
 * within `widespreadMinutes`, and lasts while half as many do; meanwhile a broker that fires has no alert of its own.
 */
export function groupBrokers(judgements: readonly Judgement[], together: Together, now: Now): Grouped {
  let grouped = judgements
  const next: Record<string, Together[string]> = {}
  const joined: Joined[] = []
  for (const kind of AlertKindSchema.options) {
    const wording = widespreadKinds[kind]
    if (wording === undefined) continue
    const isOwn = (each: Judgement) => each.kind === kind && each.clientId === undefined
    const own = judgements.filter(isOwn)
    const result = groupKind(own, { kind, wording, before: together[kind] }, now)
    if (result === undefined) continue
    next[kind] = result.memory
    if (result.judgements === undefined) continue
    grouped = [...grouped.filter((each) => !isOwn(each)), ...result.judgements]
    joined.push(...result.joined)
  }
  return { judgements: grouped, together: next, joined }
}

interface Kind {
  readonly kind: AlertKind
  readonly wording: NonNullable<(typeof widespreadKinds)[AlertKind]>
  readonly before: Together[string] | undefined
}

interface GroupedKind {
  readonly memory: Together[string]
  /** What replaces the kind's judgements, once it is widespread. */
  readonly judgements?: readonly Judgement[]
  readonly joined: readonly Joined[]
}

function groupKind(judgements: readonly Judgement[], of: Kind, now: Now): GroupedKind | undefined {
  const { settings, startMs } = now
  const { kind, wording, before } = of
  if (before === undefined && !judgements.some(({ verdict }) => verdict === 'firing')) return undefined
  const since = startMs - settings.widespreadMinutes * minuteMs
  const brokers = new Map(Object.entries(before?.brokers ?? {}).filter(([, { atMs }]) => atMs > since))
  const firing = judgements.flatMap(({ broker, verdict, finding }) =>
    broker === undefined || verdict !== 'firing' || finding === undefined ? [] : [{ broker, finding }],
  )
  for (const { broker, finding } of firing) brokers.set(broker, fired(startMs, finding))
  // What rounding adds to a share of brokers is no broker.
  const inAll = now.brokers()
  const needed = Math.max(settings.widespreadBrokers, Math.ceil(settings.widespreadShare * inAll - 1e-9))
  const least = Math.ceil(needed / 2)
  const was = before?.spread === true && now.clusterOpen(kind)
  const spread = was || (firing.length > 0 && brokers.size >= needed)
  const memory = { spread, brokers: Object.fromEntries(brokers) }
  if (!spread) return brokers.size === 0 ? undefined : { memory, joined: [] }

  const own = judgements.find(({ broker }) => broker === undefined)
  const clearMinutes = Math.max(1, ...judgements.map((each) => each.clearMinutes))
  const lasts = firing.length > 0 && brokers.size >= least
  // The cluster as a whole still fires, though few brokers do: they are judged by themselves again.
  if (!lasts && own?.verdict === 'firing') return { memory: { ...memory, spread: false }, joined: [] }
  const rest = judgements
    .filter(({ broker }) => broker !== undefined)
    .map((each): Judgement => (each.verdict === 'firing' ? { ...each, verdict: 'unseen' } : each))
  if (!lasts) {
    const cluster = { kind, clearMinutes, verdict: quietVerdict(judgements, least) }
    return { memory, judgements: [cluster, ...rest], joined: [] }
  }
  const findings = firing.map(({ finding }) => finding)
  const finding = widespreadFinding(wording, brokers, findings, inAll)
  const cluster: Judgement = { kind, clearMinutes, verdict: 'firing', finding }
  return {
    memory,
    judgements: [cluster, ...rest],
    joined: [...brokers.keys()].map((broker) => ({ kind, broker })),
  }
}

/** Too few brokers that were seen are no calm. What the brokers take for normal from now on, the cluster does too. */
function quietVerdict(judgements: readonly Judgement[], least: number): 'calm' | 'unseen' | 'adopted' {
  const ofBrokers = judgements.filter(({ broker, verdict }) => broker !== undefined && verdict !== 'unseen')
  const firing = ofBrokers.some(({ verdict }) => verdict === 'firing')
  if (!firing && ofBrokers.some(({ verdict }) => verdict === 'adopted')) return 'adopted'
  return ofBrokers.length >= least ? 'calm' : 'unseen'
}
