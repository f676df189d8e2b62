/** What a broker granted of what a dialect asked for: pure judgement, in words that name what is lost and what to change. */
import type { Dialect } from '../domain/dialect.ts'

export interface Judgement {
  /** The feed cannot do its work; absent when it can. */
  readonly fatal?: string
  /** What is missing though the feed works. */
  readonly notes: readonly string[]
}

/** A code of 128 or more refuses a filter [MQTT 3.1.1 §3.9.3, MQTT 5 §3.9.3]; an answer left out does too. */
export function judgeGrants(dialect: Dialect, granted: readonly number[]): Judgement {
  const refused = dialect.subscriptions.filter((_, index) => (granted[index] ?? 128) >= 128)
  const lowered = dialect.subscriptions.filter(({ qos }, index) => (granted[index] ?? 128) < qos)
  const essential = refused.filter((subscription) => subscription.essential)
  const notes = refused
    .filter((subscription) => !subscription.essential)
    .map(
      ({ filter, purpose, advice = dialect.accessAdvice }) =>
        `the broker refused to let us read ${filter}; without it we lose ${purpose}. ${advice}`,
    )
  for (const { filter, qos } of lowered) {
    notes.push(`the broker granted ${filter} a lower QoS than ${qos}: it may drop messages under load`)
  }
  if (essential.length === 0) return { notes }
  const filters = essential.map(({ filter }) => filter).join(', ')
  const lost = [...new Set(essential.map(({ purpose }) => purpose))].join(', ')
  return {
    fatal: `the broker refused to let us read ${filters}; without it we lose ${lost}. ${dialect.accessAdvice}`,
    notes,
  }
}
