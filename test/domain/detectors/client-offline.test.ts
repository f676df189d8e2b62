import { describe, expect, it } from 'vitest'
import { instant, minuteMs } from '../../../domain/time.ts'
import { alertsOf, beginMs, judged as allJudged, repeat, type Step, type Timeline } from '../timeline.ts'

const watched = { cluster: { watchedClients: [{ clientId: 'pump-1', offlineMinutes: 5 }, { clientId: 'pump-2' }] } }
const judged = (timeline: Timeline, options = {}) =>
  allJudged(timeline, { ...watched, ...options, kind: 'client_offline' })
const calm = (minutes: number) => repeat(minutes, { b1: {}, b2: {} })
const at = (minute: number, second = 30) => instant(beginMs + minute * minuteMs + second * 1000)
const came = (minute: number, second?: number, clientId = 'pump-1') => ({
  watched: [{ clientId, online: true, at: at(minute, second) }],
})
const went = (minute: number, second?: number, clientId = 'pump-1') => ({
  watched: [{ clientId, online: false, at: at(minute, second) }],
})
const left: Step[] = [
  { b1: came(0), b2: {} },
  { b1: went(1), b2: {} },
]

describe('client_offline', () => {
  it('tells of a client away for longer than it may, and that it is back, wherever it comes back', () => {
    const timeline = [...left, ...calm(8), { b1: {}, b2: came(10) }, ...calm(9)]
    expect(judged(timeline)).toEqual(['6 client_offline pump-1 opened', '10 client_offline pump-1 resolved'])
    expect(judged([...left, ...calm(3), { b1: came(5), b2: {} }, ...calm(9)])).toEqual([])
  })
  it('says since when, how long is allowed, and where it was last', () => {
    const [opened] = alertsOf([...left, ...calm(8)], { ...watched, kind: 'client_offline' })
    expect(opened?.alert).toMatchObject({
      broker: 'b1',
      observed: 5,
      expected: 5,
      summary: 'pump-1 has been offline for 5 min, since 2026-11-22T10:01:30.000Z; 5 are allowed. It was last on b1.',
    })
  })
  it('without minutes of its own the general ones hold', () => {
    const timeline = [{ b1: went(0, 30, 'pump-2'), b2: {} }, ...calm(20)]
    expect(judged(timeline)).toEqual(['15 client_offline pump-2 opened'])
    const limits = { 'disconnect-duration': { durationSeconds: 120 } }
    expect(judged(timeline, { settings: { limits } })).toEqual(['2 client_offline pump-2 opened'])
  })
  it('online on any broker is online', () => {
    const both = [{ b1: came(0, 10), b2: came(0, 20) }, { b1: went(1), b2: {} }, ...calm(20)]
    expect(judged(both)).toEqual([])
    expect(judged([...both, { b1: {}, b2: went(22) }, ...calm(7)])).toEqual(['27 client_offline pump-1 opened'])
    const moved = [{ b1: came(0), b2: {} }, { b1: went(1, 30), b2: came(1, 30) }, ...calm(20)]
    expect(judged(moved)).toEqual([])
  })
  it('a client that was never seen is not offline, and nobody watches one that is not named', () => {
    expect(judged(calm(60))).toEqual([])
    expect(judged([{ b1: went(0, 30, 'other') }, ...calm(60)])).toEqual([])
  })
  it('time in which its broker was not seen, or was worked on, does not count', () => {
    const dark = (minutes: number) => repeat(minutes, { b1: { coverage: 0 }, b2: {} })
    const timeline = [...left, ...calm(2), ...dark(30), ...calm(4)]
    const [opened, ...more] = alertsOf(timeline, { ...watched, kind: 'client_offline' })
    expect(more).toEqual([])
    expect(opened?.index).toBe(36)
    expect(opened?.alert.summary).toContain('offline for 5 min and for 30 more that were not watched')
    expect(judged([...left, ...dark(60)])).toEqual([])
    expect(judged([...left, ...repeat(60, { b1: { coverage: 0 }, b2: { coverage: 0 } })])).toEqual([])
    const maintenance = [{ from: at(0), to: at(60) }]
    expect(judged([...left, ...calm(50)], { cluster: { ...watched.cluster, maintenance } })).toEqual([])
  })
  it('an alert stands while its broker is not seen, and ends when the client comes back elsewhere', () => {
    const dark: Step = { b1: { coverage: 0 }, b2: {} }
    const timeline = [...left, ...calm(8), ...repeat(20, dark), { ...dark, b2: came(30) }, ...repeat(3, dark)]
    expect(judged(timeline)).toEqual(['6 client_offline pump-1 opened', '30 client_offline pump-1 resolved'])
  })
  it('the end of an earlier session, told in a later minute, does not take it offline', () => {
    const timeline: Step[] = [
      { b1: { watched: [{ clientId: 'pump-1', online: true, at: at(0, 59), connectedAt: at(0, 59) }] } },
      { b1: { watched: [{ clientId: 'pump-1', online: false, at: at(1, 0), connectedAt: at(0, 1) }] } },
      ...calm(20),
    ]
    expect(judged(timeline)).toEqual([])
    const own = { clientId: 'pump-1', online: false, at: at(2, 0), connectedAt: at(0, 59) }
    expect(judged([...timeline.slice(0, 2), { b1: { watched: [own] } }, ...calm(20)])).toEqual([
      '7 client_offline pump-1 opened',
    ])
  })
})
