/** Do events really arrive: the probe comes and goes twice, and each coming and going must be told. */
import { connectionsOf } from '../../domain/dialects/index.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'
import { type Heard, type HeardEvent, within } from './heard.ts'
import type { Opening } from './opening.ts'
import { type Visit, visit } from './probe.ts'
import { remedyOf } from './remedies.ts'
import type { Known } from './subject.ts'

/** One coming or going of a probe, and the event that told it. */
interface Expected {
  readonly visit: Visit
  readonly type: 'connected' | 'disconnected'
  readonly heard: HeardEvent | undefined
  readonly delayMs: number
}

export async function checkEvents(subject: Known, { heard, level, lost }: Opening): Promise<Check> {
  const { cluster, dialect, probeId, timeoutMs } = subject
  if (dialect.name === 'generic') {
    const found = `devices tell of themselves, which a probe cannot do for them; ${heard.messages()} messages came`
    return skipped('events', found, { facts: { messages: heard.messages() } })
  }
  const knowledge = connectionsOf(cluster, dialect)
  if (knowledge !== 'told') {
    const found = `${dialect.name} publishes figures alone: ${heard.messages()} messages came`
    if (knowledge === 'pushed') return skipped('events', `${found}; connections come by webhook`)
    const text =
      'Give the cluster a "webhook": without it, who connects and who drops is not recorded. See docs/webhooks.md.'
    return warning('events', found, { advice: [{ text }] })
  }
  const visits = [
    await visit(subject, { clientId: `${probeId}-1`, leaving: 'goodbye', level }),
    await visit(subject, { clientId: `${probeId}-2`, leaving: 'cut', level }),
  ]
  const fault = visits.find((each) => each.fault !== undefined)?.fault
  if (fault !== undefined) return notLetIn(subject, fault)
  subject.doing('waiting for the events of the probe')
  await within(
    timeoutMs,
    () => lost() !== undefined || expectedOf(visits, heard).every((each) => each.heard !== undefined),
  )
  const expected = expectedOf(visits, heard)
  const facts = { messages: heard.messages(), rejected: heard.rejected(), events: expected.map(factsOf) }
  const missing = expected.filter((each) => each.heard === undefined)
  if (missing.length === 0) return ok('events', arrivedWords(expected), { facts })
  const ending = lost()
  if (ending !== undefined) return failed('events', `while we waited for them: ${ending.words}`, { facts })
  const isDeaf = heard.messages() === 0
  const what = missing.length === expected.length ? 'none' : `${expected.length - missing.length}`
  const found = `${what} of the ${expected.length} events of a probe came within ${timeoutMs / 1000} s${aside(heard, missing)}`
  const { access, events } = remedyOf(subject)
  return failed('events', found, { advice: [isDeaf ? access : undefined, events], facts })
}

function notLetIn({ dialect, probeUrl }: Known, fault: string): Check {
  if (dialect.transport !== 'amqp')
    return warning('events', `the probe was not let in, so nothing can be said: ${fault}`)
  const text = `Tell where MQTT clients connect (--probe mqtt://host:1883; tried: ${probeUrl}), and let this user log in there.`
  return skipped('events', `the probe could not connect: ${fault}`, { advice: [{ text }] })
}

function expectedOf(visits: readonly Visit[], { events }: Heard): Expected[] {
  return visits.flatMap((each) =>
    (['connected', 'disconnected'] as const).map((type) => {
      const heard = events.find(({ event }) => event.clientId === each.clientId && event.type === type)
      const happenedMs = type === 'connected' ? each.connectedAtMs : each.leftAtMs
      // The event may overtake the broker's answer to the probe.
      const delayMs = Math.max(0, (heard?.receivedAtMs ?? 0) - (happenedMs ?? 0))
      return { visit: each, type, heard, delayMs }
    }),
  )
}

const factsOf = ({ visit: { leaving }, type, heard, delayMs }: Expected) => ({
  leaving,
  type,
  ...(heard === undefined ? { arrived: false } : { arrived: true, delayMs }),
  ...(heard?.event.cause === undefined ? {} : { cause: heard.event.cause }),
})

function arrivedWords(expected: readonly Expected[]): string {
  const slowestMs = Math.max(...expected.map(({ delayMs }) => delayMs))
  const cause = (leaving: Visit['leaving']) =>
    expected.find((each) => each.type === 'disconnected' && each.visit.leaving === leaving)?.heard?.event.cause
  const read = `a goodbye is read as ${cause('goodbye')}, a cut connection as ${cause('cut')}`
  return `all ${expected.length} of a probe came, the slowest after ${slowestMs} ms; ${read}`
}

function aside(heard: Heard, missing: readonly Expected[]): string {
  if (heard.messages() === 0) return '; no message came at all'
  const types = [...new Set(missing.map(({ type }) => type))].join(' and ')
  const unread = Object.entries(heard.rejected()).map(([reason, count]) => `${count} ${reason}`)
  const others = heard.othersEvents() === 0 ? '' : `, ${heard.othersEvents()} events of other clients`
  const rejected = unread.length === 0 ? '' : `, of which no events: ${unread.join(', ')}`
  return `: ${types} missing. ${heard.messages()} messages came${others}${rejected}`
}
