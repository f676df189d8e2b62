/** That all is well is less sure where the record may lack ends, and it says so. */
import { expect, it } from 'vitest'
import type { Case } from '../../../domain/case.ts'
import { diagnose } from '../../../domain/diagnosis.ts'
import { minuteMs } from '../../../domain/time.ts'
import { createWorld } from '../../scenarios/world.ts'

/** Twenty clients come and say goodbye. */
function goodbyes(): Case {
  const world = createWorld({ seed: 7, size: 0 })
  for (let index = 0; index < 20; index += 1) {
    const member = world.member(`pump-${index}`, { broker: 'b1' })
    const beganMs = world.beginMs + index * minuteMs
    world.end(world.begin(member, beganMs), beganMs + 5 * minuteMs, { cause: 'client_requested' })
  }
  return world.caseOf({ of: 'broker', broker: 'b1' })
}

it('a whole record of goodbyes says so', () => {
  const [answer] = diagnose(goodbyes())
  expect([answer.name, answer.confidence]).toEqual(['graceful', 0.64])
})

it('a minute that was not watched is named', () => {
  const asked = goodbyes()
  const minutes = asked.minutes.map((minute, index) => (index === 12 ? { ...minute, coverage: 0 } : minute))
  const [answer] = diagnose({ ...asked, minutes })
  expect([answer.name, answer.confidence]).toEqual(['graceful', 0.52])
  expect(answer.evidence.at(-1)).toBe('1 minute of the time asked about was not watched: what ended then is not known.')
})

it('more connects than the clients and the ends account for are named', () => {
  const asked = goodbyes()
  const minutes = asked.minutes.map((minute) =>
    minute.broker === 'b1' && minute.connects > 0 ? { ...minute, connects: minute.connects + 1 } : minute,
  )
  const { evidence } = diagnose({ ...asked, minutes })[0]
  expect(evidence.at(-1)).toBe('20 sessions must have ended besides, of which no end is recorded.')
})

it('a number of clients that wavers lacks no ends', () => {
  const asked = goodbyes()
  const minutes = asked.minutes.map((minute, index) => ({
    ...minute,
    connects: 0,
    disconnects: {},
    connected: 100 + ((index * 7) % 11),
  }))
  const wavering = {
    ...asked,
    events: [],
    minutes: minutes.map((minute, index) => (index < 2 ? { ...minute, connected: 112 } : minute)),
  }
  expect(diagnose(wavering)[0].evidence.join(' ')).not.toContain('of which no end is recorded')
})
