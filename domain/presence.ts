/** Birth and will topics: how devices that tell of themselves are recognised where the broker tells nothing. */
import * as z from 'zod/mini'

const Filter = z.string().check(z.minLength(1), z.maxLength(1024), z.refine(isPattern, patternFault()))

function patternFault(): string {
  return 'a topic with {clientId} standing for one whole level, and + for others; no #'
}

function isPattern(text: string): boolean {
  const levels = text.split('/')
  return (
    levels.filter((level) => level === '{clientId}').length === 1 &&
    levels.every((level) => level === '{clientId}' || level === '+' || !/[+#{}]/.test(level))
  )
}

export const conventionNames = ['sparkplug', 'tasmota', 'homeassistant'] as const

/** One convention: a known one by name, or a topic of one's own. */
export const PresenceSchema = z.union([
  z.strictObject({ convention: z.enum(conventionNames) }),
  z.strictObject({
    /** Such as `devices/{clientId}/status`. */
    topic: Filter,
    online: z.string().check(z.minLength(1), z.maxLength(256)),
    offline: z.string().check(z.minLength(1), z.maxLength(256)),
  }),
])
export type Presence = Readonly<z.infer<typeof PresenceSchema>>
