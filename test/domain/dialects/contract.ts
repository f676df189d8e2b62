/** What every reading must be, whatever was read. */
import { expect } from 'vitest'
import { identified } from '../../../codec/identity.ts'
import { SampleSchema } from '../../../domain/batch.ts'
import { type Dialect, type Reading, type ReadingContext, rejectionReasons } from '../../../domain/dialect.ts'
import { EventSchema } from '../../../domain/event.ts'
import type { Message } from '../../../domain/message.ts'

export function expectHonestReading(dialect: Dialect, message: Message, context: ReadingContext): Reading {
  const reading = dialect.read(message, context)
  expect(dialect.read(message, context)).toEqual(reading)
  switch (reading.kind) {
    case 'events':
      expect(reading.events.length).toBeGreaterThan(0)
      for (const draft of reading.events) {
        const event = identified(draft)
        const checked = EventSchema.safeParse(event)
        if (!checked.success) throw new Error(`${JSON.stringify(event).slice(0, 500)}: ${checked.error.message}`)
        expect(event.view).toBe('broker')
        expect(event.cluster).toBe(context.cluster)
        if (event.type === 'connected') expect(event.cause).toBeUndefined()
        else expect(event).toMatchObject({ cause: expect.any(String), initiator: expect.any(String), origin: 'broker' })
      }
      break
    case 'samples':
      expect(reading.samples.length).toBeGreaterThan(0)
      for (const sample of reading.samples) expect(SampleSchema.safeParse(sample).success).toBe(true)
      break
    case 'rejection':
      expect(Object.keys(rejectionReasons)).toContain(reading.reason)
      expect(reading.detail.length).toBeLessThanOrEqual(500)
      break
  }
  return reading
}
