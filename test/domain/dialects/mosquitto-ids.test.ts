/** No mosquitto client can write into another's record: what is read is the id that was printed, for every id and end. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Wording } from '../../../domain/dialect.ts'
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

describe.each(wordings)('with %s known', (wording) => {
  it('every end is read as the end of the client it was printed for', () => {
    fc.assert(
      fc.property(realIds, fc.constantFrom(...printedEnds[wording]), (clientId, end) => {
        const text = line(end.print(clientId, peer))
        const reading = read(text, wording, end.severity)
        if (!uncut(text)) expect(reading).toMatchObject({ kind: 'rejection', reason: 'cut' })
        else expect(onlyEvent(reading)).toMatchObject({ clientId, type: end.type, cause: end.cause })
      }),
      { numRuns: 3000 },
    )
  })

  it('every beginning is read as the beginning of the client it was printed for', () => {
    fc.assert(
      fc.property(realIds, fc.constantFrom(undefined, 'alice', "o'hara"), (clientId, username) => {
        const text = line(printBeginning(clientId, username === undefined ? {} : { username }))
        const reading = read(text, wording)
        if (uncut(text)) {
          expect(onlyEvent(reading)).toMatchObject({ clientId, type: 'connected', evidence: {} })
          expect(onlyEvent(reading).username).toBe(username)
        } else if (reading.kind === 'events') {
          expect(onlyEvent(reading).evidence?.cut).toBe(true)
          expect(
            Buffer.from(clientId)
              .toString()
              .startsWith(onlyEvent(reading).clientId ?? '-'),
          ).toBe(true)
        } else expect(reading).toMatchObject({ reason: 'cut' })
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
        const reading = read(line(end.print(clientId, peer)), undefined, end.severity)
        if (reading.kind === 'events') expect(onlyEvent(reading)).toMatchObject({ clientId, cause: end.cause })
        else expect(['cut', 'malformed']).toContain(reading.kind === 'rejection' ? reading.reason : reading.kind)
      }),
      { numRuns: 1500 },
    )
  })
})

it('a user name that imitates mosquitto reaches no one else’s record', () => {
  fc.assert(
    fc.property(fc.constantFrom('pump-17', 'a b'), clientIds, (clientId, username) => {
      const reading = read(line(printBeginning(clientId, { username })), undefined)
      if (reading.kind === 'events') expect(onlyEvent(reading).clientId?.startsWith(clientId)).toBe(true)
      if (reading.kind === 'events' && onlyEvent(reading).clientId !== clientId) {
        expect(onlyEvent(reading).clientId).toContain(`${clientId} (p4, c1, k60, u'`)
      }
    }),
    { numRuns: 1500 },
  )
})
