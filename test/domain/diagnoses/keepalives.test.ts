import { expect, test } from 'vitest'
import type { Case } from '../../../domain/case.ts'
import type { Diagnosis } from '../../../domain/diagnosis.ts'
import { diagnose } from '../../../domain/diagnosis.ts'
import { repeat } from '../../scenarios/repeat.ts'
import { createWorld, type EndTold, type Traits } from '../../scenarios/world.ts'

/** A client whose sessions last so long and end so, with no noise. */
function caseOf(ageMs: number | (() => number), told: EndTold, traits: Partial<Traits>, times = 6): Case {
  const world = createWorld({ seed: 1, size: 0 })
  const member = world.member('c1', { broker: 'b1', clockMs: 0, ...traits })
  const age = typeof ageMs === 'number' ? () => ageMs : ageMs
  repeat(world, member, { times, fromMs: world.beginMs, ageMs: age, told: () => told, awayMs: () => 1000 })
  return world.caseOf({ of: 'client', clientId: 'c1' })
}
const answerTo = (...story: Parameters<typeof caseOf>): Diagnosis => diagnose(caseOf(...story))[0]
/** 10, 27, 44… minutes. */
function growing(): () => number {
  let minutes = -7
  return () => (minutes += 17) * 60_000
}

test('an idle limit is told with its figures, and the keepalive that fits it', () => {
  const { name, evidence, remedy } = answerTo(350_500, { cause: 'network_eof' }, { keepaliveSeconds: 400 })
  expect(name).toBe('idle_timeout')
  expect(evidence).toContain('6 of 6 sessions ended 351 s after they began; none of them with a DISCONNECT.')
  expect(evidence).toContain('An idle limit of 350 s is that of AWS network load balancers, by default.')
  expect(remedy[0]).toMatch(/keepalive to 230 s or less/)
})

test('where the keepalive is not recorded, an age that a token may have is no more than a guess', () => {
  for (const ageMs of [3_600_000, 3_300_000, 600_000]) {
    const asked = caseOf(ageMs, { cause: 'network_eof' }, {})
    const events = asked.events.map((event) => {
      const untold = { ...event }
      delete untold.keepaliveSeconds
      return untold
    })
    const [{ name, confidence }] = diagnose({ ...asked, events })
    expect({ name, isSure: confidence >= 0.6 }).toEqual({ name: 'idle_timeout', isSure: false })
  }
})

test('a first ping that is met with a reset each time: something had forgotten the connection before', () => {
  const told = (sinceReceivedMs: number): EndTold => {
    const evidence = { errorCode: 'ECONNRESET', sinceReceivedMs, sinceSentMs: 60 }
    return { cause: 'network_eof', sees: { cause: 'tcp_reset', evidence } }
  }
  const traits = { observes: true, keepaliveSeconds: 1200 }
  const { name, evidence, remedy } = answerTo(1_200_200, told(1_200_000), traits)
  expect(name).toBe('idle_timeout')
  expect(evidence.join(' ')).toMatch(/6 of 6 sessions ended with a reset 20 min .*, the keepalive/)
  expect(remedy[0]).toMatch(/keepalive to 160 s or less/)
  // Pings were answered before: any loss of an idle connection is noticed so.
  expect(answerTo(growing(), told(1_200_000), traits).name).toBe('unknown')
})

test('MQTT.js 5.5.5 that only receives: the period is told in keepalives', () => {
  const evidence = { publishesSent: 0, publishesReceived: 90 }
  const told: EndTold = { cause: 'keepalive_timeout', sees: { cause: 'tcp_fin', evidence } }
  const traits = { observes: true, libraryVersion: '5.5.5', keepaliveSeconds: 60 }
  const answer = answerTo(96_000, told, traits)
  expect(answer).toMatchObject({ name: 'receive_only_ping_defect', confidence: 0.95 })
  expect(answer.evidence.join(' ')).toMatch(/96 s after they began: 1\.6 times the keepalive of 60 s/)
  expect(answerTo(96_000, told, { ...traits, libraryVersion: '5.5.6' }).name).toBe('client_stall')
})

test('a keepalive of 4 s: the worst round trip as a share of it, and when a dead link would be noticed', () => {
  const sees = { cause: 'keepalive_timeout' as const, evidence: { rttMs: 1500, sinceReceivedMs: 6000 } }
  const answer = answerTo(growing(), { cause: 'network_eof', sees }, { observes: true, keepaliveSeconds: 4 })
  expect(answer).toMatchObject({ name: 'keepalive_too_short', confidence: 0.95 })
  expect(answer.evidence.join(' ')).toMatch(/up to 1\.5 s: 38 % of the keepalive/)
  expect(answer.remedy[0]).toBe('Set the keepalive to 30 s; a dead link is then noticed after 45 s.')
})

test('a keepalive of 2 s in a fleet: two timeouts each are enough, unless clients that ping seldom time out as often', () => {
  const answerFor = (timesOfOthers: number) => {
    const world = createWorld({ seed: 1, size: 0 })
    const told: EndTold = { cause: 'keepalive_timeout' }
    for (let index = 0; index < 60; index += 1) {
      const keepaliveSeconds = index < 30 ? 2 : 60
      const member = world.member(`c${index}`, { broker: 'b1', keepaliveSeconds })
      const times = index < 30 ? 2 : timesOfOthers
      const fromMs = world.beginMs + index * 61_000
      repeat(world, member, { times, fromMs, ageMs: growing(), told: () => told, awayMs: () => 2000 })
    }
    return diagnose(world.caseOf({ of: 'broker', broker: 'b1' }))[0]
  }
  const { name, evidence } = answerFor(0)
  expect(name).toBe('keepalive_too_short')
  expect(evidence.join(' ')).toMatch(/30 clients with a keepalive of 2 s were given up for silence 60 times/)
  expect(answerFor(2).name).toBe('unknown')
})

test('a process that was suspended knows less than its own timer would have told', () => {
  const sees = { cause: 'tcp_fin' as const, evidence: { sinceReceivedMs: 600_000, sinceSentMs: 599_000 } }
  const answer = answerTo(growing(), { cause: 'keepalive_timeout', sees }, { observes: true, keepaliveSeconds: 60 })
  expect(answer).toMatchObject({ name: 'client_stall', confidence: 0.8 })
  expect(answer.evidence.join(' ')).toMatch(
    /only after 10 min without a packet: its own timer, due after 90 s, had not run/,
  )
})

test('a session that timed out before it was as old as its keepalive: the broker is at fault, not the client', () => {
  const answer = answerTo(61_000, { cause: 'keepalive_timeout' }, { keepaliveSeconds: 120 })
  expect(answer).toMatchObject({ name: 'broker_keepalive_defect', confidence: 0.95 })
  expect(answer.evidence.join(' ')).toMatch(
    /6 of 6 keepalive timeouts .* 61 s old.*keepalive is 120 s: a broker waits 180 s/,
  )
})

test('one timeout of one client is no more than a guess', () => {
  const { name, confidence } = answerTo(700_000, { cause: 'keepalive_timeout' }, { keepaliveSeconds: 60 }, 1)
  expect({ name, isSure: confidence >= 0.6 }).toEqual({ name: 'client_stall', isSure: false })
})
