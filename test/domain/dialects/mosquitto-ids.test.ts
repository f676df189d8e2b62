/** No mosquitto client can write into another's record: what is read is the id that was printed, for every id and end. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reading, Wording } from '../../../domain/dialect.ts'
import { mosquitto } from '../../../domain/dialects/mosquitto.ts'
import { utf8Bytes } from '../../../domain/dialects/reading.ts'
import { maxClientIdBytes } from '../../../domain/event.ts'
import { clientIds } from './arbitrary.ts'
import { line, printBeginning, printedEnds, wordings } from './mosquitto-printf.ts'
import { context, message, onlyEvent } from './recorded.ts'

const peer = '10.1.2.3:50123'

/** Names that mosquitto itself gives to connections without an id; a client of that name shares their fate. */
const isNameless = (clientId: string) =>
  clientId === '<unknown>' || /^[\d.:]+$/.test(clientId) || (/^[0-9a-f:.%]+$/i.test(clientId) && clientId.includes(':'))

const realIds = clientIds.filter((id) => id !== '' && !isNameless(id) && utf8Bytes(id) <= maxClientIdBytes)
const uncut = (text: string) => utf8Bytes(text) < 999

function read(text: string, wording: Wording | undefined, severity = 'N') {
  return mosquitto.read(message(`$SYS/broker/log/${severity}`, text), { ...context, wording })
}

/** What became of a line: the facts of its event, or why there is none. */
function outcome(reading: Reading) {
  if (reading.kind === 'rejection') return reading.reason
  const { clientId, type, cause, username } = onlyEvent(reading)
  return { clientId, type, cause, username }
}

/** The start of the id that a reading flags as cut, or why there is none. */
function cutStart(reading: Reading): string | undefined {
  if (reading.kind === 'rejection') return reading.reason
  const event = onlyEvent(reading)
  return event.evidence?.cut === true ? event.clientId : 'not flagged as cut'
}

describe.each(wordings)('with %s known', (wording) => {
  it('every end is read as the end of the client it was printed for', () => {
    fc.assert(
      fc.property(realIds, fc.constantFrom(...printedEnds[wording]), (clientId, end) => {
        const text = line(end.print(clientId, peer))
        const facts = { clientId, type: end.type, cause: end.cause, username: undefined }
        expect(outcome(read(text, wording, end.severity))).toEqual(uncut(text) ? facts : 'cut')
      }),
      { numRuns: 3000 },
    )
  })

  it('every beginning is read as the beginning of the client it was printed for', () => {
    fc.assert(
      fc.property(realIds, fc.constantFrom(undefined, 'alice', "o'hara"), (clientId, username) => {
        const text = line(printBeginning(clientId, username === undefined ? {} : { username }))
        fc.pre(uncut(text))
        const event = onlyEvent(read(text, wording))
        expect(event).toMatchObject({ clientId, type: 'connected' })
        expect(event).not.toHaveProperty('evidence')
        expect(event.username).toBe(username)
      }),
      { numRuns: 1500 },
    )
  })

  it('a beginning that was cut is flagged and holds a start of the id, or is counted as cut', () => {
    const longIds = fc.tuple(realIds, fc.integer({ min: 880, max: 1100 })).map(([id, length]) => id.padEnd(length, id))
    fc.assert(
      fc.property(longIds, (clientId) => {
        const text = line(printBeginning(clientId))
        fc.pre(!uncut(text))
        const start = cutStart(read(text, wording)) ?? 'no id'
        expect(start === 'cut' || Buffer.from(clientId).toString().startsWith(start)).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })

  it('no line about a client teaches a wording that is not in force', () => {
    fc.assert(
      fc.property(realIds, fc.constantFrom(...printedEnds[wording]), (clientId, end) => {
        const text = line(end.print(clientId, peer))
        const learned = mosquitto.wordingOf?.(message(`$SYS/broker/log/${end.severity}`, text))
        expect([undefined, wording]).toContain(learned)
      }),
      { numRuns: 1500 },
    )
  })

  it('while the wording is unknown an end is read rightly or not at all', () => {
    fc.assert(
      fc.property(realIds, fc.constantFrom(...printedEnds[wording]), (clientId, end) => {
        const told = outcome(read(line(end.print(clientId, peer)), undefined, end.severity))
        const facts = { clientId, type: end.type, cause: end.cause, username: undefined }
        expect(['cut', 'malformed', facts]).toContainEqual(told)
      }),
      { numRuns: 1500 },
    )
  })
})

it('a user name that imitates mosquitto reaches no one else’s record', () => {
  fc.assert(
    fc.property(fc.constantFrom('pump-17', 'a b'), clientIds, (clientId, username) => {
      const reading = read(line(printBeginning(clientId, { username })), undefined)
      const recorded = reading.kind === 'events' ? (onlyEvent(reading).clientId ?? '') : clientId
      expect(recorded === clientId || recorded.startsWith(`${clientId} (p4, c1, k60, u'`)).toBe(true)
    }),
    { numRuns: 1500 },
  )
})
