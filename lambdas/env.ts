/** The environment of each function: checked at cold start, and the type that its construct must satisfy. */
import * as z from 'zod/mini'

const Name = z.string().check(z.minLength(1))

const shape = {
  /** Path of the configuration inside the asset. */
  SETTINGS_FILE: Name,
  EVENTS_TABLE: Name,
  SAMPLES_TABLE: Name,
  MINUTES_TABLE: Name,
  STATE_TABLE: Name,
  ALERTS_TABLE: Name,
  /** Where a message that can never be stored goes, with its reason. */
  REJECTED_QUEUE_URL: Name,
  ALERTS_TOPIC_ARN: Name,
  /** The queue that takes batches. */
  BATCHES_QUEUE_URL: Name,
}
export const environments = {
  ingest: z.object({
    SETTINGS_FILE: shape.SETTINGS_FILE,
    EVENTS_TABLE: shape.EVENTS_TABLE,
    SAMPLES_TABLE: shape.SAMPLES_TABLE,
    STATE_TABLE: shape.STATE_TABLE,
    REJECTED_QUEUE_URL: shape.REJECTED_QUEUE_URL,
  }),
  analyze: z.object({
    SETTINGS_FILE: shape.SETTINGS_FILE,
    EVENTS_TABLE: shape.EVENTS_TABLE,
    SAMPLES_TABLE: shape.SAMPLES_TABLE,
    MINUTES_TABLE: shape.MINUTES_TABLE,
    STATE_TABLE: shape.STATE_TABLE,
    ALERTS_TABLE: shape.ALERTS_TABLE,
    ALERTS_TOPIC_ARN: shape.ALERTS_TOPIC_ARN,
  }),
  operate: z.object({
    SETTINGS_FILE: shape.SETTINGS_FILE,
    STATE_TABLE: shape.STATE_TABLE,
    ALERTS_TABLE: shape.ALERTS_TABLE,
  }),
  feed: z.object({
    SETTINGS_FILE: shape.SETTINGS_FILE,
    BATCHES_QUEUE_URL: shape.BATCHES_QUEUE_URL,
  }),
  query: z.object({
    SETTINGS_FILE: shape.SETTINGS_FILE,
    EVENTS_TABLE: shape.EVENTS_TABLE,
    MINUTES_TABLE: shape.MINUTES_TABLE,
    STATE_TABLE: shape.STATE_TABLE,
    ALERTS_TABLE: shape.ALERTS_TABLE,
  }),
} as const
export type Step = keyof typeof environments
export type Environment<S extends Step> = z.infer<(typeof environments)[S]>

/** Reads an environment by its schema; throws naming every variable that is missing. */
export function readEnvironment<Shape extends z.core.$ZodShape>(
  schema: z.ZodMiniObject<Shape>,
  variables: Readonly<Record<string, string | undefined>>,
): z.infer<z.ZodMiniObject<Shape>> {
  const parsed = z.safeParse(schema, variables)
  if (parsed.success) return parsed.data
  const missing = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new Error(`This function lacks environment variables: ${missing}. Deploy the stack again.`)
}
