import { describe, expect, it } from 'vitest'
import { blindSpans, blindTimes, blindToText, mergedGaps } from '../../../web/view/blind.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString()
const ms = (minute: number) => Date.parse(at(minute))
const range = { fromMs: ms(0), toMs: ms(60) }

const feed = (name: string, watcher: string, brokers: string[] = []) => ({
  cluster: 'c',
  feed: name,
  watcher,
  brokers,
  first: at(-600),
  seenUntil: at(60),
})
const gap = (name: string, watcher: string, from: number, until: number, more = {}) => ({
  cluster: 'c',
  feed: name,
  watcher,
  from: at(from),
  until: at(until),
  reason: 'ECONNRESET',
  ...more,
})
const spans = (feeds: ReturnType<typeof feed>[], gaps: ReturnType<typeof gap>[]) =>
  blindSpans({ feeds, gaps, cut: false }, { range }).map(({ fromMs, untilMs, open, text }) => [
    (fromMs - range.fromMs) / 60_000,
    (untilMs - range.fromMs) / 60_000,
    open,
    text,
  ])

describe('we were blind', () => {
  it('only while no watcher saw', () => {
    const feeds = [feed('f', 'a'), feed('f', 'b')]
    expect(spans(feeds, [gap('f', 'a', 10, 20)])).toEqual([])
    expect(spans(feeds, [gap('f', 'a', 10, 20), gap('f', 'b', 15, 30)])).toEqual([
      [15, 20, false, 'cluster c: ECONNRESET'],
    ])
  })
  it('to the broker whose feed had the gap, and to no other', () => {
    const feeds = [feed('f1', 'a', ['b1']), feed('f2', 'a', ['b2'])]
    expect(spans(feeds, [gap('f2', 'a', 5, 9)])).toEqual([[5, 9, false, 'broker b2 of c: ECONNRESET']])
    const ofOther = blindSpans(
      { feeds, gaps: [gap('f2', 'a', 5, 9)], cut: false },
      { cluster: 'c', broker: 'b1', range },
    )
    expect(ofOther).toEqual([])
  })
  it('still, while the gap lasts', () => {
    expect(spans([feed('f', 'a')], [gap('f', 'a', 50, 58, { open: true })])).toEqual([
      [50, 60, true, 'cluster c: ECONNRESET'],
    ])
  })
  it('to nothing that could be told of, before the first watching', () => {
    const late = { ...feed('f', 'a'), first: at(30) }
    const [only] = blindSpans({ feeds: [late], gaps: [], cut: false }, { range })
    expect(only).toMatchObject({ fromMs: ms(0), untilMs: ms(30), unwatched: true, open: false })
  })
  it('is said once of brokers that had one reason at the same time, those that last first', () => {
    const feeds = ['b1', 'b2', 'b3', 'b4', 'b5'].map((name) => feed(name, 'a', [name]))
    const gaps = [
      ...feeds.slice(0, 4).map(({ feed: name }) => gap(name, 'a', 5, 9)),
      gap('b5', 'a', 2, 3, { open: true }),
    ]
    const times = blindTimes(blindSpans({ feeds, gaps, cut: false }, { range }))
    expect(times.map((time) => [blindToText(time), time.open])).toEqual([
      ['broker b5 of c', true],
      ['brokers b1, b2, b3 and 1 more of c', false],
    ])
  })
  it('once, where gaps of several brokers overlap in one chart', () => {
    const feeds = [feed('f1', 'a', ['b1']), feed('f2', 'a', ['b2'])]
    const all = blindSpans({ feeds, gaps: [gap('f1', 'a', 5, 9), gap('f2', 'a', 8, 12)], cut: false }, { range })
    expect(mergedGaps(all)).toMatchObject([{ fromMs: ms(5), untilMs: ms(12), text: 'broker b1 of c: ECONNRESET' }])
  })
})
