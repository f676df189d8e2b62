import { describe, expect, it } from 'vitest'
import { judged, repeat } from '../timeline.ts'

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
})
