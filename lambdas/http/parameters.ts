/** Parameters that several operations take, each checked in one place. */
import * as z from 'zod/mini'
import type { ClusterSettings, Settings } from '../../domain/settings.ts'
import { instant, minuteMs } from '../../domain/time.ts'

export const described = <T extends z.ZodMiniType>(schema: T, description: string): T =>
  schema.check(z.describe(description))

/** RFC 3339 in any zone in; an instant out. */
export const Time = z.pipe(
  z
    .string()
    .check(
      z.refine(
        (text) =>
          /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) &&
          !Number.isNaN(Date.parse(text)),
        'must be an RFC 3339 time such as 2026-11-22T10:00:00Z',
      ),
    ),
  z.transform((text) => instant(Date.parse(text))),
)

export const limit = described(
  z._default(
    z.pipe(
      z.string().check(z.regex(/^([1-9]\d{0,2}|1000)$/, 'must be a whole number from 1 to 1000')),
      z.transform(Number),
    ),
    () => 100,
  ),
  'How many at most, 1 to 1000; a page may be shorter and still have a `next`',
)
export const from = described(z.optional(Time), 'From this time on (RFC 3339)')
export const to = described(z.optional(Time), 'Until before this time (RFC 3339)')
export const cursor = described(
  z.optional(z.string().check(z.regex(/^[A-Za-z0-9_-]{1,4096}$/, 'is not a cursor of this API'))),
  '`next` of the page before',
)
export const clusterName = described(
  z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be the name of a cluster')),
  'Name of a cluster',
)
export const brokerName = described(z.string().check(z.minLength(1), z.maxLength(256)), 'Name of a broker')
export const alertId = described(
  z.string().check(z.regex(/^[\x21-\x7e]{1,1024}$/, 'is not the id of an alert')),
  'Id of an alert, as lists and notifications tell it',
)
export const clientId = described(
  z.string().check(z.maxLength(65_535, 'is longer than MQTT allows')),
  'The client id, or sha256:<hex of its UTF-8> for one longer than 1024 bytes',
)

/** The cluster that was meant: the named one, or the only one. */
export function findCluster(settings: Settings, name: string | undefined): ClusterSettings | undefined {
  if (name === undefined) return settings.clusters.length === 1 ? settings.clusters[0] : undefined
  return settings.clusters.find((cluster) => cluster.name === name)
}

/** The span asked for: by default the last `defaultMinutes` until a minute from now. */
export function spanOf(
  query: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
  defaultMinutes: number,
): { from: string; to: string } {
  const until = query.to ?? instant(nowMs + minuteMs)
  return { from: query.from ?? instant(Date.parse(until) - defaultMinutes * minuteMs), to: until }
}
