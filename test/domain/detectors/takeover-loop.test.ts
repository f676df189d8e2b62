import { describe, expect, it } from 'vitest'
import { deriveMinute, type TopClient } from '../../../domain/minute.ts'
import { instant, minuteMs } from '../../../domain/time.ts'
import { eventOf } from '../../events.ts'
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
  allJudged(timeline, { ...options, kind: 'takeover_loop' })
const twins = (takeovers: number, more: Partial<TopClient> = {}): TopClient => {
  return { clientId: 'pump-1', disconnects: takeovers, takeovers, ...more }
}
const on = (...topClients: TopClient[]): Step => ({ b1: { topClients } })
const calm = (minutes: number) => repeat(minutes, { b1: {} })
const summaryOf = (timeline: Timeline) => alertsOf(timeline, { kind: 'takeover_loop' })[0]?.alert.summary

describe('takeover_loop', () => {
  it('opens for a client id in the second minute, and is resolved a quarter of an hour after the last take-over', () => {
    const timeline = [...calm(2), ...repeat(5, on(twins(50))), ...calm(20)]
    expect(judged(timeline)).toEqual(['3 takeover_loop pump-1 opened', '21 takeover_loop pump-1 resolved'])
  })
  it('one minute of it is no loop, nor is a take-over now and then', () => {
    expect(judged([on(twins(50)), ...calm(20)])).toEqual([])
    expect(judged(Array.from({ length: 20 }, () => [on(twins(1)), ...calm(1)]).flat())).toEqual([])
    expect(judged(repeat(6, on(twins(1))))).toEqual(['5 takeover_loop pump-1 opened'])
  })
  it('counts over all brokers: the two may meet on each in turn', () => {
    const timeline = [0, 1, 2].flatMap(() => [
      { b1: { topClients: [twins(1)] }, b2: {} },
      { b1: {}, b2: { topClients: [twins(1)] } },
    ])
    expect(judged(timeline)).toEqual(['5 takeover_loop pump-1 opened'])
  })
  it('names both addresses', () => {
    const timeline = [on(twins(3, { peers: ['10.0.0.9'] })), on(twins(3, { peers: ['10.0.0.7:1', '10.0.0.7:2'] }))]
    expect(alertsOf(timeline, { kind: 'takeover_loop' })[0]?.alert).toMatchObject({
      clientId: 'pump-1',
      broker: 'b1',
      observed: 6,
      expected: 0,
      windowMinutes: 2,
      summary:
        'Two connections, from 10.0.0.7 and 10.0.0.9, use client id pump-1: 6 take-overs within 2 min, the last on b1. Each time one connects, the broker closes the other.',
      topClients: [{ clientId: 'pump-1', disconnects: 6, takeovers: 6, peers: ['10.0.0.7', '10.0.0.9'] }],
    })
  })
  it('says what it does not know: one address, or none', () => {
    expect(summaryOf(repeat(2, on(twins(9))))).toContain('does not tell their addresses')
    expect(summaryOf(repeat(2, on(twins(9, { peers: ['10.0.0.7:1', '10.0.0.7:2'] }))))).toContain(
      'both from 10.0.0.7 (one host, several behind one NAT, or a client that comes back before its old connection is closed)',
    )
    const three = twins(9, { peers: ['10.0.0.7', '10.0.0.8', '10.0.0.9'] })
    expect(summaryOf(repeat(2, on(three)))).toContain('Several connections, from 10.0.0.7, 10.0.0.8 and 10.0.0.9, use')
  })
  it('stays open while the broker is not seen, or while some take-overs still come', () => {
    const loop = repeat(3, on(twins(50)))
    expect(judged([...loop, ...repeat(60, { b1: { coverage: 0 }, b2: {} })])).toEqual(['1 takeover_loop pump-1 opened'])
    const slower = Array.from({ length: 12 }, () => [...calm(1), on(twins(1))]).flat()
    expect(judged([...loop, ...slower])).toEqual(['1 takeover_loop pump-1 opened'])
  })
  it('each client id has its own alert; minutes without a word on take-overs open none', () => {
    expect(judged(repeat(2, on(twins(9), { ...twins(9), clientId: 'pump-2' })))).toEqual([
      '1 takeover_loop pump-1 opened',
      '1 takeover_loop pump-2 opened',
    ])
    expect(
      judged(
        repeat(9, {
          b1: { disconnects: { session_taken_over: 90 }, topClients: [{ clientId: 'x', disconnects: 90 }] },
        }),
      ),
    ).toEqual([])
  })
  it('shows in what brokers tell: connects with addresses, and ends by take-over without', () => {
    const minute = (index: number): Step => {
      const start = beginMs + index * minuteMs
      const events = Array.from({ length: 30 }, (_, n) => {
        const at = instant(start + n * 2000)
        const peer = `10.0.0.${n % 2 === 0 ? 7 : 9}:${40_000 + n}`
        return [eventOf({ at, cause: 'session_taken_over' }), eventOf({ at, ordinal: 1, type: 'connected', peer })]
      }).flat()
      const source = { cluster: 'plant', broker: 'b1', start, coverage: 1, ownConnections: 0, samples: [] }
      return { b1: deriveMinute({ ...source, events }) }
    }
    const timeline = [0, 1, 2, 3].map(minute)
    expect(allJudged(timeline).filter((line) => !line.includes('disconnect_rate'))).toEqual([
      '1 takeover_loop pump-1 opened',
    ])
    expect(summaryOf(timeline)).toContain(
      'Two connections, from 10.0.0.7 and 10.0.0.9, use client id pump-1: 60 take-overs',
    )
  })
})
