/** The watcher's environment: checked at start, and the type that its construct must satisfy. */
import * as z from 'zod/mini'

export const WatcherEnvironmentSchema = z.object({
  /** SQS queue that takes the batches. */
  QUEUE_URL: z.string().check(z.minLength(1)),
  /** Fixed slot of this watcher; part of its MQTT client ids. Never two watchers of one slot at once. */
  SLOT: z.enum(['a', 'b']),
  /** Path of the configuration, relative to the bundle. */
  SETTINGS_FILE: z.string().check(z.minLength(1)),
  /** TCP port of the health endpoint, on loopback. */
  HEALTH_PORT: z.string().check(z.regex(/^\d{1,5}$/)),
  /** Folder that this watcher alone writes: batches that the queue has not yet taken. */
  SPOOL_FOLDER: z.string().check(z.minLength(1)),
  /** The most bytes to keep there; then the oldest go. */
  SPOOL_BYTES: z.string().check(z.regex(/^[1-9]\d{0,14}$/)),
})
export type WatcherEnvironment = z.infer<typeof WatcherEnvironmentSchema>
