import { describe, expect, it } from 'vitest'
import type { SessionAges } from '../../../api/diagnosis.ts'
import type { SteppedMinute } from '../../../api/minutes.ts'
import { ageHistogram, ageText } from '../../../web/view/broker-ages.ts'
import { brokerCharts, causesIn, gaugesOf } from '../../../web/view/broker.ts'
import { withLater } from '../../../web/view/pages.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString()
const minute = (of: number, more: Partial<SteppedMinute> = {}): SteppedMinute => ({
  cluster: 'c',
  broker: 'b',
  minute: at(of),
  stepMinutes: 1,
  coverage: 1,
  connects: 3,
  refused: 0,
  disconnects: { network_eof: 2, client_requested: 1 },
  abnormal: 2,
  gauges: { cpu_percent: 12 },
  topClients: [],
  ...more,
})
const range = { fromMs: Date.parse(at(0)), toMs: Date.parse(at(3)) }
const minutes = [minute(0), minute(1, { coverage: 0 })]

describe('the minutes of a broker', () => {
  it('are stacked by the causes that occur, the harmless first, with nothing where it was not seen', () => {
    expect(causesIn(minutes)).toEqual([
      ['client_requested', 2],
      ['network_eof', 4],
    ])
    const { byCause } = brokerCharts(minutes, { range, cause: undefined })
    expect(byCause.series.map(({ name, values }) => [name, values])).toEqual([
      ['client requested', [1, null, null]],
      ['network eof', [2, null, null]],
    ])
  })
  it('show one cause alone, while the others keep their place in the legend', () => {
    const { byCause } = brokerCharts(minutes, { range, cause: 'network_eof' })
    expect(byCause.series.map(({ values }) => values[0])).toEqual([null, 2])
  })
  it('bring a chart for each figure that the broker tells of itself', () => {
    expect(brokerCharts(minutes, { range, cause: undefined }).gauges.map(({ title }) => title)).toEqual(['CPU, %'])
    expect(gaugesOf({ gauges: { cpu_percent: 12, memory_bytes: 3 * 1_048_576, connects_total: 9 } })).toEqual([
      ['CPU', '12 %'],
      ['Memory', '3 MiB'],
    ])
  })
})

describe('ages of sessions', () => {
  const ages = (more: Partial<SessionAges> = {}): SessionAges => ({
    cluster: 'c',
    broker: 'b',
    sessions: 24,
    bins: [
      { fromSeconds: 50, toSeconds: 70, counts: { network_eof: 18, keepalive_timeout: 2 } },
      { fromSeconds: 1, toSeconds: 2, counts: { client_requested: 4 } },
    ],
    idleLimits: [
      { seconds: 60, who: 'a proxy' },
      { seconds: 60, who: 'a balancer' },
      { seconds: 30, who: 'another' },
      { seconds: 3600, who: 'far away' },
    ],
    lookedAt: { from: at(0), to: at(3), events: 24, minutes: 3, cut: false },
    ...more,
  })
  it('pile up on an axis that grows by a factor, by cause', () => {
    const { bars, causes } = ageHistogram(ages())
    expect(causes).toEqual(['client_requested', 'network_eof', 'keepalive_timeout'])
    expect(bars.map(({ text, total }) => [text, total])).toEqual([
      ['1 s to 2 s', 4],
      ['50 s to 1 min 10 s', 20],
    ])
    expect(bars[0]?.left).toBe(0)
    expect((bars[1]?.left ?? 0) + (bars[1]?.width ?? 0)).toBeCloseTo(1)
    expect(bars[1]?.segments.map(({ height }) => height)).toEqual([0.9, 0.1])
  })
  it('name a known idle limit where many ended, and draw the others that lie on the axis', () => {
    expect(ageHistogram(ages()).limits.map(({ text, peak }) => [text, peak])).toEqual([
      ['30 s: another', false],
      ['1 min: a proxy, a balancer', true],
    ])
    const asked = ages({ bins: [{ fromSeconds: 50, toSeconds: 70, counts: { client_requested: 90, network_eof: 2 } }] })
    expect(ageHistogram(asked).limits.some(({ peak }) => peak)).toBe(false)
  })
  it('are told in a sentence too', () => {
    expect(ageHistogram(ages()).summary).toBe(
      '24 sessions. Most ended at an age of 50 s to 1 min 10 s: 20, of these 18 by network eof.',
    )
    expect(ageHistogram(ages({ bins: [] })).summary).toBe('No session that ended has a known begin.')
    expect([0.5, 59.7, 350, 3600, 90_000].map(ageText)).toEqual(['0.5 s', '1 min', '5 min 50 s', '1 h', '1 d 1 h'])
  })
})

describe('pages of a list that goes on', () => {
  const keyOf = String
  it('keep later pages behind the first as it is now, each row once', () => {
    const joined = withLater({ rows: [9, 8, 7], next: 'x' }, { rows: [8, 7, 6, 5], next: 'y' }, keyOf)
    expect(joined).toEqual({ rows: [9, 8, 7, 6, 5], next: 'y' })
  })
  it('begin anew where so much came that nobody knows what lies between', () => {
    const first = { rows: [20, 19], next: 'x' }
    expect(withLater(first, { rows: [8, 7], next: 'y' }, keyOf)).toBe(first)
  })
})
