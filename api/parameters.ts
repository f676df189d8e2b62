/** Parameters that several operations take, each checked in one place. */
import * as z from 'zod/mini'
import { instant } from '../domain/time.ts'

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

export const clusterOfClient = described(z.optional(clusterName), 'Name of its cluster; needed where there are several')
export const peer = described(
  z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  'Only from addresses that begin with this text, such as 10.1. or 10.1.2.3:',
)
export const stepMinutes = described(
  z._default(
    z.pipe(
      z
        .string()
        .check(
          z.refine(
            (text) => /^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1440,
            'must be a whole number from 1 to 1440',
          ),
        ),
      z.transform(Number),
    ),
    () => 1,
  ),
  'How many minutes are joined into one, 1 to 1440; they begin at multiples of it from midnight UTC',
)
/** The place from which a list goes on, of those that have more. */
export const next = z.optional(z.string())
