import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertId, type Scope, scopeKey } from '../../domain/alert-id.ts'
import { atEndOf } from './alert-timeline.ts'

const id = (scope: Scope) => alertId('plant', scope, atEndOf(0))
const ofBroker = (broker: string) => id({ kind: 'disconnect_rate', broker })
const ofClient = (clientId: string) => id({ kind: 'disconnect_rate', clientId })
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('~', '.', 'e', '2', 'b', '\u{2eb}', '\ud800', '/'), maxLength: 6 }),
  // Long ones that differ only at their end.
  fc.string({ maxLength: 3 }).map((end) => 'x'.repeat(70_000 - end.length) + end),
)

describe('the id of an alert', () => {
  it('follows from cluster, kind, scope and opening minute', () => {
    expect(ofBroker('b1')).toBe('plant.disconnect_rate.b1.20261122T100100Z')
    expect(id({ kind: 'disconnect_rate' })).toBe('plant.disconnect_rate..20261122T100100Z')
    expect(ofClient('pump-17')).toBe('plant.disconnect_rate.client.pump-17.20261122T100100Z')
    expect(ofBroker('emqx@10.0.0.1')).toBe('plant.disconnect_rate.emqx@10~2e~0~2e~0~2e~1.20261122T100100Z')
  })

  it('is never the same for two scopes, is short, and fits a URL’s path as it is', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const ids = [ofBroker(one), ofClient(one), ofBroker(other), ofClient(other)]
        expect(new Set(ids).size).toBe(one === other ? 2 : 4)
        for (const each of ids) {
          expect(each.length).toBeLessThan(200)
          expect(each).toMatch(/^[A-Za-z0-9_@~.-]+$/)
        }
      }),
    )
  })

  it('a client is the same wherever it is connected', () => {
    const scope = { kind: 'client_offline', clientId: 'pump-17' } as const
    expect(scopeKey({ ...scope, broker: 'b1' })).toBe(scopeKey({ ...scope, broker: 'b2' }))
  })
})
