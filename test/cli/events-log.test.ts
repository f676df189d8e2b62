import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { beforeAll, expect, test } from 'vitest'
import { createLog } from '../../cli/events/log.ts'
import type { JoinedEvent } from '../../domain/session.ts'
import { eventOf } from '../events.ts'
import { actsOnTerminal, endless, hostile } from './asked-stage.ts'

beforeAll(() => {
  process.env['TZ'] = 'UTC'
})

const at = '2026-11-22T10:00:00.123Z'
const timedOut: JoinedEvent = {
  ...eventOf({
    at,
    cause: 'keepalive_timeout',
    initiator: 'server',
    reason: 'exceeded timeout',
    peer: '10.1.2.3:52333',
  }),
  session: { connectedAt: '2026-11-22T09:58:59.900Z', seconds: 60.2 },
}
const connected = eventOf({ at, type: 'connected', cause: undefined, initiator: undefined, peer: '10.1.2.3:52334' })
const claimed = eventOf({
  at: '2026-11-23T00:00:01.000Z',
  view: 'client',
  cause: 'network_reset',
  evidence: { errorCode: 'ECONNRESET', sessionMs: 7_500_000 },
})
const blind = {
  cluster: 'plant',
  broker: 'b1',
  fromMs: Date.parse(at),
  untilMs: Date.parse(at) + 61_000,
  reason: 'link lost',
}

function logged(columns: number | undefined, events: readonly JoinedEvent[], hasColours = false): string {
  const log = createLog({ columns, hasColours })
  return `\n${log.header()}${events.map(log.event).join('')}`
}

test('in a wide terminal an event is a line of columns that stay where they are; the day is named when it changes', () => {
  expect(logged(160, [connected, timedOut, claimed])).toMatchInlineSnapshot(`
    "
    time          broker       client                 event         told by  cause               ended by  after      from             words
    ── 2026-11-22 ──
    10:00:00.123  b1           pump-1                 connected     broker                                            10.1.2.3:52334
    10:00:00.123  b1           pump-1                 disconnected  broker   keepalive_timeout   server    60.2 s     10.1.2.3:52333   "exceeded timeout" nothing w…
    ── 2026-11-23 ──
    00:00:01.000  b1           pump-1                 disconnected  client   network_reset       network   2 h 5 min                   [ECONNRESET] the connection …
    "
  `)
})

test('in a narrow terminal it is two lines and more, and nothing is lost', () => {
  expect(logged(60, [connected, timedOut, claimed])).toMatchInlineSnapshot(`
    "
    ── 2026-11-22 ──
    10:00:00  b1           pump-1                   connected
        from 10.1.2.3:52334
    10:00:00  b1           pump-1                   disconnected
        keepalive_timeout by server · after 60.2 s · from
        10.1.2.3:52333 · "exceeded timeout" nothing was heard
        from the client for 1.5 times its keepalive
    ── 2026-11-23 ──
    00:00:01  b1           pump-1                   disconnected
        told by the client · network_reset by network · after 2
        h 5 min · [ECONNRESET] the connection was reset
    "
  `)
})

test('where no terminal is, nothing is cut, and each line tells its date', () => {
  expect(logged(undefined, [timedOut, claimed])).toMatchInlineSnapshot(`
    "
    time                     broker          client                      event         told by  cause               ended by  after      from                   words
    2026-11-22 10:00:00.123  b1              pump-1                      disconnected  broker   keepalive_timeout   server    60.2 s     10.1.2.3:52333         "exceeded timeout" nothing was heard from the client for 1.5 times its keepalive
    2026-11-23 00:00:01.000  b1              pump-1                      disconnected  client   network_reset       network   2 h 5 min                         [ECONNRESET] the connection was reset
    "
  `)
})

test('times that nobody watched are told as they begin and as they end', () => {
  const log = createLog({ columns: 80, hasColours: false })
  expect(log.blind({ ...blind, isOpen: true })).toBe('── b1: blind since 10:00:00 (link lost)\n')
  expect(log.blind({ ...blind, isOpen: false })).toBe('── b1: blind from 10:00:00 to 10:01:01 (link lost)\n')
})

test.each([40, 60, 139, 140, 200])('whatever clients are called, lines fit %i columns and nothing acts', (columns) => {
  const wide = '泵泵泵泵泵泵泵泵泵泵泵泵泵泵泵泵泵泵泵'
  const events = [hostile, endless, wide, ''].map((name) =>
    eventOf({ clientId: name, reason: name, username: name, peer: '10.1.2.3:1' }),
  )
  const text = logged(columns, events)
  expect(text).not.toMatch(actsOnTerminal)
  expect(text.split('\n').filter((line) => stringWidth(line) > columns)).toEqual([])
  expect(stripVTControlCharacters(logged(columns, events, true))).toBe(text)
})
