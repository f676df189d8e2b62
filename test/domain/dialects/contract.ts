/** What every reading must be, whatever was read. */
import { eventOf } from '../../../codec/identity.ts'
import { type Sample, SampleSchema } from '../../../domain/batch.ts'
import { type Dialect, type ReadingContext, rejectionReasons } from '../../../domain/dialect.ts'
import { type EventDraft, EventDraftSchema, EventSchema } from '../../../domain/event.ts'
import type { Message } from '../../../domain/message.ts'

/** What is wrong with a reading: nothing, for every message there can be. */
export function faultsOf(dialect: Dialect, message: Message, context: ReadingContext): string[] {
  const reading = dialect.read(message, context)
  const again = dialect.read(message, context)
  const faults = JSON.stringify(reading) === JSON.stringify(again) ? [] : ['another reading the second time']
  switch (reading.kind) {
    case 'events':
      return [...faults, ...(reading.events.length === 0 ? ['no event'] : []), ...reading.events.flatMap(ofEvent)]
    case 'samples':
      return [...faults, ...(reading.samples.length === 0 ? ['no sample'] : []), ...reading.samples.flatMap(ofSample)]
    case 'ended':
      return [...faults, ...(reading.broker === '' ? ['no broker'] : []), ...ofInstant(reading.atMs)]
    case 'brokers':
      return [...faults, ...ofInstant(reading.atMs)]
    case 'uptime':
      return reading.seconds >= 0 ? faults : [...faults, `${reading.seconds} seconds of uptime`]
    case 'rejection':
      if (!Object.hasOwn(rejectionReasons, reading.reason)) faults.push(`the reason ${reading.reason}`)
      if (reading.detail.length > 500) faults.push('a detail too long to be kept')
      return faults
  }
}

function ofEvent(draft: EventDraft): string[] {
  const event = eventOf(draft)
  const checked = EventSchema.safeParse(event)
  const faults = checked.success ? [] : [checked.error.message]
  const asDraft = EventDraftSchema.safeParse(draft)
  if (!asDraft.success) faults.push(asDraft.error.message)
  if (draft.evidence !== undefined && Object.keys(draft.evidence).length === 0) faults.push('empty evidence')
  const { type, view, cause, initiator, graceful, origin } = event
  if (view !== 'broker') faults.push(`the view ${view}`)
  const told = [cause, initiator, graceful, origin].filter((fact) => fact !== undefined).length
  if (told !== (type === 'connected' ? 0 : 4)) faults.push(`${type} with ${told} facts about its end`)
  return faults
}

function ofInstant(epochMs: number): string[] {
  return Number.isNaN(new Date(epochMs).getTime()) ? [`the time ${epochMs}`] : []
}

function ofSample(sample: Sample): string[] {
  const checked = SampleSchema.safeParse(sample)
  return checked.success ? [] : [checked.error.message]
}
