/** Why connections end: all known causes held against a case, the likeliest first; "unknown" is an answer. */
import * as z from 'zod/mini'
import type { Case } from './case.ts'
import { lackOf } from './evidence/completeness.ts'
import { explanations } from './diagnoses/index.ts'
import { countText } from './evidence/words.ts'
import type { Explanation, Recognition } from './explanation.ts'
import { type Facts, factsOf } from './facts.ts'

const Share = z.number().check(z.minimum(0), z.maximum(1))

export const DiagnosisSchema = z.strictObject({
  /** One of the known causes, or `unknown`. */
  name: z.string(),
  title: z.string(),
  confidence: Share,
  /** `settled`: shown by a maintainer, a fix or a vendor; `inferred`: concluded from reports. */
  basis: z.enum(['settled', 'inferred']),
  /** Sentences with figures that can be checked against the record. */
  evidence: z.array(z.string()),
  /** What to do, the best first. */
  remedy: z.array(z.string()),
  /** Whom it concerns, where not all; at most ten. */
  clients: z.optional(z.array(z.string())),
  /** What else fits, the likeliest first. */
  alternatives: z.array(z.strictObject({ name: z.string(), title: z.string(), confidence: Share })),
  source: z.optional(z.string()),
  /** What would have to be recorded to know. */
  missing: z.optional(z.array(z.string())),
})
export type Diagnosis = Readonly<z.infer<typeof DiagnosisSchema>>

/** Never surer than this: what is settled elsewhere may be otherwise here. */
const surest = { settled: 0.95, inferred: 0.8 } as const
/** Below it is no answer. */
const leastConfidence = 0.4
/** From here on a cause makes those superfluous that say less. */
const likely = 0.5
const leastAlternative = 0.2
const mostAlternatives = 3
const mostClients = 10
const mostDiagnoses = 3

interface Candidate extends Recognition {
  readonly of: Explanation
  readonly confidence: number
}

/**
 * Diagnoses a case: the first is the answer, others follow where several things happened at once. Confidence is
 * how well the evidence fits × how much of what happened it explains, at most 0.95 for settled causes and 0.8 for inferred
 * ones. Below 0.4 the answer is `unknown`, with what would have to be recorded to know.
 */
export function diagnose(
  asked: Case,
  list: readonly Explanation[] = explanations,
): readonly [Diagnosis, ...Diagnosis[]] {
  const facts = factsOf(asked)
  const candidates = list
    .flatMap((explanation) => candidateOf(explanation, facts))
    .toSorted((a, b) => b.confidence - a.confidence || (a.of.name < b.of.name ? -1 : 1))
  const dropped = new Set(candidates.flatMap(({ of, confidence }) => (confidence >= likely ? (of.over ?? []) : [])))
  const left = candidates.filter(({ of }) => !dropped.has(of.name))
  const [first, ...others] = left.filter(({ confidence }) => confidence >= leastConfidence)
  if (first === undefined) return [unknown(facts, left)]
  const also = others.slice(0, mostDiagnoses - 1)
  return [diagnosisOf(first, left), ...also.map((each) => diagnosisOf(each, left))]
}

function candidateOf(of: Explanation, facts: Facts): Candidate[] {
  const found = of.recognise(facts)
  if (found === undefined) return []
  const explained = facts.toExplain === 0 ? 1 : Math.min(1, found.explains / facts.toExplain)
  const confidence = Math.round(100 * surest[of.basis] * Math.min(1, found.fit) * (0.4 + 0.6 * explained)) / 100
  return [{ ...found, of, confidence }]
}

function diagnosisOf(candidate: Candidate, all: readonly Candidate[]): Diagnosis {
  const { of, confidence, evidence, remedy, clients = [] } = candidate
  return {
    name: of.name,
    title: of.title,
    confidence,
    basis: of.basis,
    evidence: [...evidence],
    remedy: [...remedy],
    ...(clients.length === 0 ? {} : { clients: clients.slice(0, mostClients) }),
    alternatives: alternativesTo(candidate, all),
    source: of.source,
  }
}

function alternativesTo(one: Candidate | undefined, all: readonly Candidate[]): Diagnosis['alternatives'] {
  return all
    .filter((each) => each !== one && each.confidence >= leastAlternative)
    .slice(0, mostAlternatives)
    .map(({ of, confidence }) => ({ name: of.name, title: of.title, confidence }))
}

function unknown(facts: Facts, candidates: readonly Candidate[]): Diagnosis {
  const { bad, attempts, toExplain } = facts
  const isCounted = bad.length + attempts.length === 0
  const seen = isCounted
    ? `${toExplain} ends that nobody wanted and failed attempts were counted; no single one was looked at.`
    : `Looked at: ${countText(bad.length, 'end')} that nobody wanted, ${countText(attempts.length, 'failed attempt')}.`
  const nothing = 'No end that nobody wanted and no failed attempt is recorded in this time.'
  const lack = lackOf(facts)
  return {
    name: 'unknown',
    title: toExplain === 0 && lack === undefined ? 'Nothing to explain' : 'What is recorded does not suffice to tell',
    confidence: 0,
    basis: 'inferred',
    evidence: [toExplain === 0 ? nothing : seen, ...(lack === undefined ? [] : [lack])],
    remedy: [],
    alternatives: alternativesTo(undefined, candidates),
    ...(toExplain === 0 ? {} : { missing: missingOf(facts, candidates) }),
  }
}

/** What would tell more: first of what nearly fits, then of what is generally lacking. */
function missingOf({ bad, attempts, clients, toExplain }: Facts, candidates: readonly Candidate[]): string[] {
  const events = [...clients.values()].flatMap((client) => client.events)
  const lacksClientView = events.length > 0 && !events.some(({ view }) => view === 'client')
  const lacksReasons = events.length > 0 && events.every(({ protocol = 4 }) => protocol < 5)
  return [
    ...candidates.slice(0, 2).map(({ of }) => `For "${of.title}": ${of.needs}.`),
    ...(clients.size === 0 && bad.length + attempts.length === 0
      ? ['Single connections: their ages, addresses and order tell more than counts.']
      : []),
    ...(toExplain < 3 ? ['More than one or two ends: a pattern needs at least three.'] : []),
    ...(lacksClientView
      ? ['What the client saw: observe(client) in its application, with publish on, tells it (docs/observe.md).']
      : []),
    ...(lacksReasons ? ['Reasons of the broker: a client that connects with MQTT 5 is told them.'] : []),
  ]
}
