import { describe, expect, it } from 'vitest'
import { alertsOf, judged as allJudged, repeat, type Timeline } from '../timeline.ts'

const judged = (timeline: Timeline) => allJudged(timeline, { kind: 'watcher_blind' })

describe('watcher_blind', () => {
  const blind = { coverage: 0 }
  it('tells of a cluster that nobody watches once, after five minutes, and again when it is watched', () => {
    const timeline = [
      ...repeat(1, { b1: {}, b2: {} }),
      ...repeat(9, { b1: blind, b2: blind }),
      ...repeat(3, { b1: {}, b2: {} }),
    ]
    expect(judged(timeline)).toEqual(['5 watcher_blind * opened', '11 watcher_blind * resolved'])
  })
  it('tells of one broker that nobody watches while the others are watched', () => {
    const timeline = [...repeat(6, { b1: {}, b2: blind }), ...repeat(2, { b1: {}, b2: {} })]
    expect(judged(timeline)).toEqual(['4 watcher_blind b2 opened', '7 watcher_blind b2 resolved'])
  })
  it('short gaps wake nobody, and a cluster without a known broker is judged too', () => {
    expect(judged([...repeat(4, { b1: blind }), { b1: { coverage: 0.2 } }, ...repeat(4, { b1: blind })])).toEqual([])
    expect(judged(repeat(5, {}))).toEqual(['4 watcher_blind * opened'])
  })
  it('is not told again because it lasts', () => {
    expect(judged([{ b1: {} }, ...repeat(600, { b1: blind })])).toEqual(['5 watcher_blind * opened'])
  })
  it('a broker that nobody saw for a day, while others were seen, is taken for removed', () => {
    const removed = [{ b1: {}, b2: {} }, ...repeat(1500, { b1: {}, b2: blind })]
    const [opened, resolved, ...more] = alertsOf(removed, { kind: 'watcher_blind', saveEvery: 100 })
    expect([opened?.index, resolved?.index, more.length]).toEqual([5, 1440, 0])
    expect(resolved?.alert.transitions.at(-1)?.summary).toContain('taken for removed')
    expect(
      judged([...removed, ...repeat(2, { b1: {}, b2: {} }), ...repeat(6, { b1: {}, b2: blind })]).slice(2),
    ).toEqual(['1507 watcher_blind b2 opened'])
  })
  it('minutes in which nothing of the cluster was seen say nothing of one broker', () => {
    const dark = repeat(1000, { b1: blind, b2: blind })
    expect(judged([...dark, ...repeat(6, { b1: {}, b2: blind })])).toEqual([
      '4 watcher_blind * opened',
      '1001 watcher_blind * resolved',
      '1004 watcher_blind b2 opened',
    ])
  })
})
