/** What was recorded of one broker in one minute: a line of a file, or what the system stored. */
import * as z from 'zod/mini'
import { type Minute, MinuteSchema } from '../../domain/minute.ts'
import { createMinuteClock } from './minute-clock.ts'

export interface Recorded {
  /** Begin of the minute, epoch milliseconds. */
  readonly startMs: number
  readonly minute: Minute
  /** Capacity weight, where it was told. */
  readonly weight: number | undefined
  /** Where it stood: the number of its line; 0 where it came in no line. */
  readonly line: number
}

export const longestName = 256
export const mostWeight = 1e6
const Name = z.string().check(z.minLength(1), z.maxLength(longestName))
const Count = MinuteSchema.shape.connects
const Counts = z.record(z.string(), Count)

/**
 * The form of a recorded minute. What is read is checked by hand, for speed; this explains what is wrong, and a test
 * holds the two against each other.
 */
export const RecordedSchema = z.object({
  minute: z
    .string()
    .check(
      z.refine(
        (text) => createMinuteClock()(text) !== undefined,
        'the begin of a minute, RFC 3339 with its zone, such as 2026-11-01T00:00:00Z',
      ),
    ),
  cluster: Name,
  broker: Name,
  /** The API joins minutes when it is asked to; the analysis needs single ones. */
  stepMinutes: z.nullish(z.literal(1, 'single minutes: ask the API with step=1')),
  weight: z.nullish(z.number().check(z.minimum(0), z.maximum(mostWeight))),
  coverage: MinuteSchema.shape.coverage,
  connects: Count,
  refused: Count,
  refusedByCode: z.nullish(Counts),
  disconnects: Counts,
  abnormal: z.nullish(Count),
  connected: z.nullish(Count),
  gauges: z.nullish(z.record(z.string(), z.number())),
  topClients: z.nullish(
    z.array(
      z.object({
        clientId: z.string(),
        disconnects: Count,
        graceful: z.nullish(Count),
        attempts: z.nullish(Count),
        takeovers: z.nullish(Count),
        peers: z.nullish(z.array(z.string())),
      }),
    ),
  ),
  topPeers: z.nullish(MinuteSchema.shape.topPeers),
  watched: z.nullish(MinuteSchema.shape.watched),
})
