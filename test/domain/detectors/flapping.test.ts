import { describe, expect, it } from 'vitest'
import type { TopClient } from '../../../domain/minute.ts'
import {
  alertsOf,
  beginMs,
  judged as allJudged,
  repeat,
  type Step,
  type Timeline,
  type TimelineOptions,
} from '../timeline.ts'

const judged = (timeline: Timeline, options: TimelineOptions = {}) =>
  allJudged(timeline, { ...options, kind: 'flapping' })
const client = (clientId: string, disconnects = 1, more: Partial<TopClient> = {}): TopClient => {
  return { clientId, disconnects, attempts: disconnects, takeovers: 0, ...more }
}
/** A minute in which these clients stood out on b1. */
const on = (...topClients: TopClient[]): Step => ({ b1: { topClients } })
const calm = (minutes: number) => repeat(minutes, { b1: {} })

describe('flapping', () => {
  it('a client that drops six times within half an hour flaps, and no longer half an hour after', () => {
    const timeline = [...repeat(6, on(client('pump-1'))), ...calm(70)]
    expect(judged(timeline)).toEqual(['5 flapping * opened', '59 flapping * resolved'])
  })
  it('a client need not drop every minute, nor always on the same broker', () => {
    const slow = [
      on(client('pump-1')),
      ...repeat(2, { b1: {}, b2: {} }),
      { b1: {}, b2: { topClients: [client('pump-1')] } },
    ]
    expect(judged([...slow, ...slow, ...slow])).toEqual(['11 flapping * opened'])
    const rare = [on(client('pump-1')), ...calm(6)]
    expect(judged(Array.from({ length: 9 }, () => rare).flat())).toEqual([])
  })
  it('names the clients, the worst first, with what they did and from where', () => {
    const minute = on(
      client('pump-1', 3, { peers: ['10.0.0.7:50001', '10.0.0.7:50002'] }),
      client('pump-2\u001b[31m', 4),
    )
    const [opened] = alertsOf([minute, minute], { kind: 'flapping' })
    expect(opened?.alert).toMatchObject({
      severity: 'warning',
      observed: 2,
      affected: 2,
      windowMinutes: 30,
      summary:
        '2 clients flap: pump-2\\u{1b}[31m (8 dropped connections within 30 min, the last on b1); pump-1 (6 dropped connections within 30 min, the last on b1 from 10.0.0.7).',
      topClients: [
        { clientId: 'pump-2\u001b[31m', disconnects: 8 },
        { clientId: 'pump-1', disconnects: 6, peers: ['10.0.0.7'] },
      ],
    })
  })
  it('thousands that drop once each do not flap', () => {
    const all = Array.from({ length: 40 }, (_, minute) =>
      on(...Array.from({ length: 10 }, (__, n) => client(`client-${minute}-${n}`))),
    )
    expect(judged(all.map((step) => ({ b1: { ...step['b1'], disconnects: { network_eof: 5000 } } })))).toEqual([])
  })
  it('who goes as it wants to, or is taken over, does not flap', () => {
    const timeline = repeat(30, on(client('cron', 6, { graceful: 6 }), client('twins', 6, { takeovers: 6 })))
    expect(judged(timeline)).toEqual([])
  })
  it('is told again when twice as many clients flap, not when one does it more often', () => {
    const few = on(client('a', 6), client('b', 6))
    const more = on(client('a', 60), client('b', 60), client('c', 6), client('d', 6))
    expect(judged([few, on(client('a', 60)), more])).toEqual(['0 flapping * opened', '2 flapping * updated'])
  })
  it('while the broker of those that flap is not seen the alert stands', () => {
    const blind: Step = { b1: { coverage: 0, topClients: [client('pump-1', 9)] }, b2: {} }
    const gone = [...repeat(6, { ...on(client('pump-1')), b2: {} }), ...repeat(200, blind)]
    expect(judged(gone)).toEqual(['5 flapping * opened'])
    expect(judged([...gone, ...repeat(30, { b1: {}, b2: {} })])).toContain('235 flapping * resolved')
  })
  it('what happens while work is announced does not count', () => {
    const from = new Date(beginMs).toISOString()
    const to = new Date(beginMs + 10 * 60_000).toISOString()
    const options = { cluster: { maintenance: [{ from, to, brokers: ['b1'] }] } }
    expect(judged(repeat(15, on(client('pump-1'))), options)).toEqual([])
    expect(judged(repeat(16, on(client('pump-1'))), options)).toEqual(['15 flapping * opened'])
  })
  it('static limits count all ends, and attempts', () => {
    const limits = (name: 'num-disconnects' | 'num-connection-attempts') => ({
      settings: { limits: { [name]: { count: 10, durationSeconds: 120 } } },
    })
    const polite = on(client('cron', 5, { graceful: 5, attempts: 6 }))
    expect(judged(repeat(9, polite))).toEqual([])
    expect(judged(repeat(9, polite), limits('num-disconnects'))).toEqual([])
    expect(judged(repeat(9, polite), limits('num-connection-attempts'))).toEqual(['1 flapping * opened'])
    const [opened] = alertsOf([on(client('loop', 0, { attempts: 600 }))], {
      ...limits('num-connection-attempts'),
      kind: 'flapping',
    })
    expect(opened?.alert.summary).toContain('loop (600 connection attempts within 2 min')
    expect(opened?.alert.topClients).toEqual([{ clientId: 'loop', disconnects: 0, attempts: 600 }])
  })
})
