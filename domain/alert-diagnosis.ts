/** Why an alert fires: of whom and of which time that is asked, and the answer in a size that an alert can carry. */
import type { Alert, AlertKind } from './alert.ts'
import type { Case, Subject } from './case.ts'
import { diagnose, type Diagnosis } from './diagnosis.ts'
import { minuteMs } from './time.ts'

/** Minutes before a transition that are looked at, at least: short for what happens at once. `undefined`: nothing is asked. */
const lookBackMinutes: Readonly<Record<AlertKind, number | undefined>> = {
  disconnect_rate: 15,
  reconnect_storm: 15,
  refused_rate: 15,
  broker_silent: 30,
  flapping: 60,
  takeover_loop: 60,
  resources: 60,
  // Load is uneven long after what made it so.
  imbalance: 120,
  // What took the client away may be hours ago.
  client_offline: 1440,
  // It is Keepwatch that cannot see: no client or broker is the cause.
  watcher_blind: undefined,
}
/** Alerts that speak of so few clients are of the foremost of them; of more, what they have in common is asked. */
const fewClients = 3
const mostSentences = 8
const longestSentence = 500
const longestName = 256

/** What is to be asked of the record for an alert. */
export type Question = Pick<Case, 'subject' | 'fromMs' | 'toMs'>

/** What to ask of an alert's newest transition; undefined where nothing is: a resolved alert keeps its last answer. */
export function questionOf(alert: Alert): Question | undefined {
  const last = alert.transitions.at(-1)
  const minutes = lookBackMinutes[alert.kind]
  if (last === undefined || last.status === 'resolved' || minutes === undefined) return undefined
  const toMs = Date.parse(last.at)
  return { subject: subjectOf(alert), fromMs: toMs - Math.max(minutes, last.windowMinutes ?? 0) * minuteMs, toMs }
}

function subjectOf({ kind, broker, clientId, topClients, affected = topClients.length }: Alert): Subject {
  if (clientId !== undefined) return { of: 'client', clientId }
  const foremost = topClients[0]
  if ((kind === 'flapping' || kind === 'takeover_loop') && foremost !== undefined && affected <= fewClients) {
    return { of: 'client', clientId: foremost.clientId }
  }
  return broker === undefined ? { of: 'cluster' } : { of: 'broker', broker }
}

/** Where several things happened at once, an alert asks for the one that it tells of. */
const toldBy: Readonly<Partial<Record<AlertKind, readonly string[]>>> = {
  imbalance: ['uneven_after_restart', 'uneven_load', 'overloaded_broker'],
  takeover_loop: ['duplicate_client_id', 'forked_client_id', 'id_on_two_brokers'],
  resources: ['connection_limit', 'slow_consumer', 'orphan_sessions', 'uneven_load', 'uneven_after_restart'],
  refused_rate: [
    'bad_credentials',
    'expired_credentials',
    'connection_limit',
    'slow_authentication',
    'overloaded_broker',
    'authorization_denied',
    'kicked',
  ],
}

/** The likeliest cause of what an alert of this kind tells; of bounded size, however much is known. */
export function diagnosisOf(asked: Case, kind: AlertKind): Diagnosis {
  const answers = diagnose(asked)
  const first = answers.find(({ name }) => toldBy[kind]?.includes(name)) ?? answers[0]
  const { title, evidence, remedy, clients, missing } = first
  return {
    ...first,
    title: cut(title, longestSentence),
    evidence: sentences(evidence),
    remedy: sentences(remedy),
    ...(clients === undefined ? {} : { clients: clients.map((client) => cut(client, longestName)) }),
    ...(missing === undefined ? {} : { missing: sentences(missing) }),
  }
}

/** Is a cause named? What was known of an alert before is not given up for an answer that names none. */
export function namesCause({ name }: Diagnosis): boolean {
  return name !== 'unknown'
}

const sentences = (all: readonly string[]) => all.slice(0, mostSentences).map((each) => cut(each, longestSentence))

function cut(text: string, maxCharacters: number): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1)}…` : text
}
