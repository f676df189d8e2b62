import { expect, test } from 'vitest'
import { checkClock } from '../../cli/doctor/clock.ts'
import type { HeardEvent } from '../../cli/doctor/heard.ts'

const receivedAtMs = Date.parse('2026-11-22T10:00:00.700Z')
const heard = (atMs: number, evidence: object = {}): HeardEvent => ({
  receivedAtMs,
  event: { atMs, ordinal: 0, cluster: 'c', broker: 'b', type: 'connected', view: 'broker', own: true, evidence },
})

test.each([
  ['stamps in milliseconds', [heard(receivedAtMs - 3), heard(receivedAtMs - 8)], 'ok', '0.0 s apart'],
  ['whole seconds', [heard(receivedAtMs - 700), heard(receivedAtMs - 700)], 'ok', '0.2 s apart (its stamps are whole'],
  ['a clock that is 8 s behind', [heard(receivedAtMs - 8001)], 'warning', 'is 8.0 s behind this machine’s'],
  ['whole seconds, 6 s ahead', [heard(receivedAtMs + 6300)], 'warning', 'is 6.8 s ahead of'],
  ['no stamp', [heard(receivedAtMs, { clock: 'receipt' })], 'skipped', 'tells no time'],
  [
    'a stamp two days off',
    [heard(receivedAtMs, { clock: 'receipt', stampedAt: '2026-11-24T10:00:00.700Z' })],
    'warning',
    '172800.0 s ahead of',
  ],
  ['no event', [], 'skipped', 'no event came'],
])('%s', (_, events, status, found) => {
  expect(checkClock(events)).toMatchObject({ status, found: expect.stringContaining(found) })
})
