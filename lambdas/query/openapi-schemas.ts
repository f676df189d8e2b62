/** The schemas that check and type everything, as JSON Schema: those with a name once, under `components`. */
import * as z from 'zod/mini'
import { BalanceSchema, BrokerSchema } from '../../api/brokers.ts'
import { ClusterMinuteSchema, SteppedMinuteSchema } from '../../api/minutes.ts'
import { type Operation, ProblemSchema } from '../../api/operation.ts'
import { limit, stepMinutes, Time } from '../../api/parameters.ts'
import { AcknowledgementSchema, AlertSchema, TransitionSchema, VerificationSchema } from '../../domain/alert.ts'
import { RejectionSampleSchema, SampleNameSchema } from '../../domain/batch.ts'
import { CauseSchema } from '../../domain/cause.ts'
import { DiagnosisSchema } from '../../domain/diagnosis.ts'
import { EventSchema, EvidenceSchema } from '../../domain/event.ts'
import { BandSchema, TopClientSchema, TopPeerSchema, WatchedSchema } from '../../domain/minute.ts'
import { JoinedEventSchema } from '../../domain/session.ts'
import { SilenceSchema } from '../../domain/silence.ts'
import { InstantSchema } from '../../domain/time.ts'
import { AdviceSchema } from '../../domain/tuning.ts'
import { rowSchema } from '../http/formats.ts'

export type JsonSchema = Record<string, unknown>

const named = {
  Acknowledgement: AcknowledgementSchema,
  Advice: AdviceSchema,
  Alert: AlertSchema,
  Balance: BalanceSchema,
  Band: BandSchema,
  Broker: BrokerSchema,
  Cause: CauseSchema,
  ClusterMinute: ClusterMinuteSchema,
  Diagnosis: DiagnosisSchema,
  Event: EventSchema,
  Evidence: EvidenceSchema,
  Instant: InstantSchema,
  JoinedEvent: JoinedEventSchema,
  Minute: SteppedMinuteSchema,
  Problem: ProblemSchema,
  RejectionSample: RejectionSampleSchema,
  SampleName: SampleNameSchema,
  Silence: SilenceSchema,
  TopClient: TopClientSchema,
  TopPeer: TopPeerSchema,
  Transition: TransitionSchema,
  Verification: VerificationSchema,
  Watched: WatchedSchema,
} as const

/** What text is in a query, and a number to everybody else; and what a check says that JSON Schema cannot read. */
const shown = new Map<unknown, JsonSchema>([
  [InstantSchema, { format: 'date-time' }],
  [Time, { format: 'date-time' }],
  [limit, { type: 'integer', minimum: 1, maximum: 1000, default: 100, pattern: undefined }],
  [stepMinutes, { type: 'integer', minimum: 1, maximum: 1440, default: 1, pattern: undefined }],
])

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>
const override: Override = ({ zodSchema, jsonSchema }) => void Object.assign(jsonSchema, shown.get(zodSchema))

/** Schemas of what is answered, for `components`, and what an answer's schema is called there. */
export function answerSchemas(
  operations: readonly Operation[],
  idOf: (operation: Operation) => string,
): { readonly components: Record<string, JsonSchema>; readonly nameOf: (schema: z.ZodMiniType) => string } {
  const registry = z.registry<{ id?: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  for (const operation of operations) {
    const { answer, rows } = operation
    if (!registry.has(answer)) registry.add(answer, { id: `${idOf(operation)}_answer` })
    const row = rows === undefined ? answer : rowSchema(answer, rows)
    if (!registry.has(row)) registry.add(row, { id: `${idOf(operation)}_row` })
  }
  const { schemas } = z.toJSONSchema(registry, { io: 'output', uri: (id) => `#/components/schemas/${id}`, override })
  return {
    components: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema)])),
    nameOf: (schema) => registry.get(schema)?.id ?? '',
  }
}

/** The schema of what is taken. */
export function inputSchema(schema: z.ZodMiniType): JsonSchema {
  return plain(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override }))
}

/** Dialect and id are those of the document. */
function plain(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema' && key !== '$id'))
}
