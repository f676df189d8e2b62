import { describe, expect, it } from 'vitest'
import { type Silence, SilenceSchema, silenceOf } from '../../domain/silence.ts'
import { atEndOf } from './alert-timeline.ts'

const silence = (changes: Partial<Silence> = {}): Silence => ({
  id: 's1',
  cluster: 'plant',
  from: atEndOf(10),
  to: atEndOf(20),
  comment: 'a firmware update',
  createdBy: 'me',
  createdAt: atEndOf(0),
  ...changes,
})
const scope = { cluster: 'plant', kind: 'client_offline', broker: 'b1', clientId: 'pump-17' } as const
const covers = (changes: Partial<Silence>, of: Parameters<typeof silenceOf>[0] = scope, minute = 15) =>
  silenceOf(of, [silence({ id: 'other', cluster: 'other' }), silence(changes)], atEndOf(minute))?.id === 's1'

describe('a silence', () => {
  it.each([
    ['the whole cluster where it names nothing', {}, true],
    ['a kind', { kind: 'client_offline' }, true],
    ['not another kind', { kind: 'flapping' }, false],
    ['a broker with the clients there', { broker: 'b1' }, true],
    ['not another broker', { broker: 'b2' }, false],
    ['a client', { clientId: 'pump-17' }, true],
    ['not another client', { clientId: 'pump-1' }, false],
    ['only where all that it names is so', { clientId: 'pump-17', broker: 'b2' }, false],
  ] as const)('covers %s', (_, changes, expected) => {
    expect(covers(changes)).toBe(expected)
  })

  it('of one broker does not cover an alert of the whole cluster', () => {
    expect(covers({ broker: 'b1' }, { cluster: 'plant', kind: 'disconnect_rate' })).toBe(false)
  })
  it('begins with its first instant and ends before its last', () => {
    expect([9, 10, 19, 20].map((minute) => covers({}, scope, minute))).toEqual([false, true, true, false])
  })
  it('is what the API takes and nothing else', () => {
    expect(SilenceSchema.safeParse(silence({ kind: 'flapping' })).success).toBe(true)
    expect(SilenceSchema.safeParse({ ...silence(), to: 'tomorrow' }).success).toBe(false)
    expect(SilenceSchema.safeParse({ ...silence(), brokers: ['b1'] }).success).toBe(false)
  })
})
