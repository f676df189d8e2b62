/** What is said of one option of a client: the value in use, the value advised, why, and what it costs. */
import * as z from 'zod/mini'

const Figure = z.number().check(z.minimum(0))

export const OptionAdviceSchema = z.strictObject({
  /** As MQTT.js names it. */
  option: z.enum(['keepalive', 'reconnectPeriod', 'connectTimeout']),
  /** `keepalive` is in seconds, the others in milliseconds. */
  unit: z.enum(['s', 'ms']),
  /**
   * `keep`: nothing observed speaks against the value in use. `change`: it should be `advised`. `contradiction`: no value
   * satisfies all that was observed. `unknown`: the evidence does not suffice; `missing` says what would.
   */
  verdict: z.enum(['keep', 'change', 'contradiction', 'unknown']),
  /** Where clients differ, the value that most of those concerned use. */
  inUse: z.optional(Figure),
  /**
   * With `change` only. Of `reconnectPeriod`: the most that the first, random wait may be. Absent where not the value is to
   * change but how it is used: `code` says how.
   */
  advised: z.optional(Figure),
  /** Values that satisfy everything that was observed; a side that nothing bounds is absent. */
  range: z.optional(z.strictObject({ from: z.optional(Figure), to: z.optional(Figure) })),
  /** Sentences with figures that can be checked against the record. */
  why: z.array(z.string()),
  /** What a smaller and a larger value cost. */
  tradeOff: z.array(z.string()),
  /** Lines of JavaScript, joined by `; `, where a value alone does not say it. */
  code: z.optional(z.string()),
  /** What would have to be recorded to say more. */
  missing: z.optional(z.array(z.string())),
})
export type OptionAdvice = Readonly<z.infer<typeof OptionAdviceSchema>>
