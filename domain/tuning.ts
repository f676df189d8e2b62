/** Tuning: which keepalive, reconnectPeriod and connectTimeout fit what was observed of a client, a broker or a cluster. */
import * as z from 'zod/mini'
import type { Case } from './case.ts'
import { factsOf } from './facts.ts'
import { connectTimeoutAdvice } from './tuning/connect-timeout.ts'
import { keepaliveAdvice } from './tuning/keepalive.ts'
import { OptionAdviceSchema } from './tuning/option-advice.ts'
import { reconnectPeriodAdvice } from './tuning/reconnect-period.ts'

export const AdviceSchema = z.strictObject({
  keepalive: OptionAdviceSchema,
  reconnectPeriod: OptionAdviceSchema,
  connectTimeout: OptionAdviceSchema,
})
export type Advice = Readonly<z.infer<typeof AdviceSchema>>

/**
 * Advises the three options of a client on which its connections depend. A value that nothing observed speaks against is
 * kept: it changes only where it violates what was seen, and then to the nearest value that fits all of it. Undefined
 * where neither a connection nor an attempt nor a minute is recorded.
 */
export function adviseOn(asked: Case): Advice | undefined {
  const facts = factsOf(asked)
  if (facts.clients.size === 0 && facts.attempts.length === 0 && facts.minutes.size === 0) return undefined
  return {
    keepalive: keepaliveAdvice(facts),
    reconnectPeriod: reconnectPeriodAdvice(facts),
    connectTimeout: connectTimeoutAdvice(facts),
  }
}
