/** From packets to events and samples: one feed's dialect with the state it needs, and nothing a broker sends can stop it. */
import { identified } from '../codec/identity.ts'
import type { Sample } from '../domain/batch.ts'
import type { Dialect, Reading, ReadingContext, Wording } from '../domain/dialect.ts'
import type { Event } from '../domain/event.ts'
import type { Message } from '../domain/message.ts'
import { createBrokerClock } from './clock.ts'
import type { Arrival } from './link.ts'
import { createOrdinals } from './ordinals.ts'
import { createRejections } from './rejections.ts'

/** A larger payload tells of no connection; reading it would only cost memory. */
const maxPayloadBytes = 1024 * 1024

export interface Reader {
  /** Reads one packet. Never throws. `measured`: its stamp may be compared with the clock, for it came at once. */
  readonly read: (arrival: Arrival, when: { receivedAt: number; measured: boolean }) => Content
  readonly clock: ReturnType<typeof createBrokerClock>
  readonly rejections: ReturnType<typeof createRejections>
}

/** What was in a packet; both are empty for a rejection, which is counted. */
export interface Content {
  readonly events: readonly Event[]
  readonly samples: readonly Sample[]
}

const nothing: Content = { events: [], samples: [] }

/** A reader for one feed; it lives as long as the feed and learns the broker's wording on the way. */
export function createReader(dialect: Dialect, context: Omit<ReadingContext, 'wording'>): Reader {
  const clock = createBrokerClock()
  const rejections = createRejections()
  const placeOf = createOrdinals(dialect.instantOf)
  let wording: Wording | undefined

  function reading(message: Message): Reading {
    wording = dialect.wordingOf?.(message) ?? wording
    return dialect.read(message, { ...context, wording })
  }

  return {
    clock,
    rejections,
    read: ({ topic, payload, retain }, { receivedAt, measured }) => {
      const text = payload.subarray(0, maxPayloadBytes).toString('utf8')
      let message: Message = { topic, payload: text, retain, receivedAt, ordinal: 0, repeat: 0 }
      const reject = (rejection: Pick<Extract<Reading, { kind: 'rejection' }>, 'reason' | 'detail'>) => {
        rejections.count({ ...rejection, message })
        return nothing
      }
      if (payload.length > maxPayloadBytes) return reject({ reason: 'malformed', detail: `${payload.length} bytes` })
      try {
        message = { ...message, ...placeOf(message) }
        const found = reading(message)
        if (found.kind === 'rejection') return reject(found)
        if (found.kind === 'samples') return { events: [], samples: found.samples }
        const events = found.events.map(identified)
        const [first] = events
        if (measured && !retain && first && first.evidence?.clock !== 'receipt') {
          clock.measure(Date.parse(first.at) - receivedAt)
        }
        return { events, samples: [] }
      } catch (error) {
        return reject({
          reason: 'malformed',
          detail: `the dialect failed: ${error instanceof Error ? error.message : 'unknown'}`,
        })
      }
    },
  }
}
