/** What may be read: each filter as it was granted, and what is lost by each that was not. */
import { type Advice, type Check, failed, ok, warning } from './check.ts'
import type { Opening } from './opening.ts'
import type { Known } from './subject.ts'

export function checkTopics({ dialect }: Known, { standing, ending }: Opening): Check {
  if (standing?.granted === undefined) return failed('topics', ending?.words ?? 'the broker did not answer SUBSCRIBE')
  const { granted } = standing
  const asked = dialect.subscriptions.map((subscription, index) => ({ ...subscription, code: granted[index] ?? 128 }))
  const refused = asked.filter(({ code }) => code >= 128)
  const lowered = asked.filter(({ code, qos }) => code < qos)
  const facts = {
    topics: asked.map(({ filter, qos, code, purpose, essential }) => ({
      filter,
      purpose,
      essential,
      askedQos: qos,
      ...(code < 128 ? { grantedQos: code } : { refusedCode: code }),
    })),
  }
  if (refused.length === 0 && lowered.length === 0) {
    const how = dialect.transport === 'amqp' ? 'bound to our queue' : `granted: ${qosWords(asked)}`
    return ok('topics', `all ${asked.length} ${how}`, { facts })
  }
  const lost: Advice[] = refused.map(({ filter, purpose }) => ({
    text: `${filter} is refused: without it we lose ${purpose}.`,
  }))
  const low: Advice[] = lowered.map(({ filter, qos, code }) => ({
    text: `${filter} is granted at QoS ${code} rather than ${qos}: the broker may drop messages under load.`,
  }))
  const access = refused.length === 0 ? undefined : { text: dialect.accessAdvice }
  const found = `${asked.length - refused.length} of ${asked.length} granted`
  const isFatal = refused.some(({ essential }) => essential)
  return (isFatal ? failed : warning)('topics', found, { advice: [...lost, ...low, access], facts })
}

function qosWords(asked: readonly { readonly code: number }[]): string {
  const counts = [0, 1, 2].map((qos) => ({ qos, count: asked.filter(({ code }) => code === qos).length }))
  return counts.flatMap(({ qos, count }) => (count === 0 ? [] : [`${count} at QoS ${qos}`])).join(', ')
}
