/** What the query API answers, as far as `keepwatch explain` shows it. */
import * as z from 'zod/mini'
import { DiagnosisSchema } from '../../domain/diagnosis.ts'
import { AdviceSchema } from '../../domain/tuning.ts'

export const AnswerSchema = z.object({
  cluster: z.string(),
  broker: z.optional(z.string()),
  /** Of a client only: how it is. */
  clientId: z.optional(z.string()),
  status: z.optional(z.string()),
  statusView: z.optional(z.string()),
  since: z.optional(z.string()),
  last: z.optional(z.object({ type: z.string(), cause: z.optional(z.string()) })),
  day: z.optional(
    z.object({ connects: z.number(), refused: z.number(), disconnects: z.record(z.string(), z.number()) }),
  ),
  diagnosis: z.array(DiagnosisSchema).check(z.minLength(1)),
  advice: z.optional(AdviceSchema),
  lookedAt: z.object({ from: z.string(), to: z.string(), events: z.number(), minutes: z.number(), cut: z.boolean() }),
})
export type Answer = Readonly<z.infer<typeof AnswerSchema>>
