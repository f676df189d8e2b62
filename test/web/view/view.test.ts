import { describe, expect, it } from 'vitest'
import type { Broker } from '../../../api/brokers.ts'
import type { ClusterMinute } from '../../../api/minutes.ts'
import { keepToken, keptToken } from '../../../web/token.ts'
import { type Chart, columnsOf, gridOf, stackOf, summaryOf } from '../../../web/view/chart.ts'
import { figuresOf, fleetCharts } from '../../../web/view/fleet.ts'
import { healthWords } from '../../../web/view/health.ts'
import { sorted } from '../../../web/view/sort.ts'
import { clockText, durationText, relativeText } from '../../../web/view/time.ts'
import { rowsInView } from '../../../web/view/window.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString()
const minute = (of: number, more: Partial<ClusterMinute> = {}): ClusterMinute => ({
  cluster: 'c',
  minute: at(of),
  stepMinutes: 1,
  brokers: 2,
  coverage: 1,
  connects: 3,
  refused: 0,
  disconnects: { client_requested: 1, network_eof: 2 },
  abnormal: 2,
  connected: 100,
  topClients: [],
  ...more,
})

describe('charts of a fleet', () => {
  const range = { fromMs: Date.parse(at(0)), toMs: Date.parse(at(4)) }
  const valuesOf = (minutes: readonly ClusterMinute[], title: string) =>
    fleetCharts(minutes, range)
      .find((each) => each.title === title)
      ?.chart.series.map(({ values }) => values)

  it('have a place for every minute, and nothing where none is known or it was not seen', () => {
    const minutes = [minute(3), minute(1, { coverage: 0, connected: undefined }), minute(0)]
    expect(valuesOf(minutes, 'Disconnects per minute')).toEqual([[3, null, null, 3]])
    expect(valuesOf(minutes, 'Connected clients')).toEqual([[100, null, null, 100]])
  })
  it('show rates per minute, and the band with them, however many minutes are joined', () => {
    const week = { fromMs: Date.parse(at(0)), toMs: Date.parse(at(0)) + 7 * 86_400_000 }
    const joined = minute(0, { stepMinutes: 30, abnormal: 60, band: { expected: 30, upper: 90 } })
    const chart = fleetCharts([joined], week).find(({ title }) => title.startsWith('Abnormal'))?.chart
    expect(chart?.series.map(({ values }) => values[0])).toEqual([2, 1])
    expect(chart?.band?.upper[0]).toBe(3)
  })
})

describe('a chart', () => {
  const chart: Chart = {
    times: gridOf({ fromMs: 0, toMs: 180_000 }, 60_000),
    stepMs: 60_000,
    stacked: true,
    series: [
      { name: 'lower', tone: '--series-1', values: [1, null, 3] },
      { name: 'upper', tone: '--series-2', values: [10, null, null] },
    ],
  }
  it('stacks from the bottom, and draws from the top', () => {
    expect(stackOf(chart.series)).toEqual([
      [1, null, 3],
      [11, null, 3],
    ])
    expect(columnsOf(chart)).toEqual([
      [0, 60, 120],
      [11, null, 3],
      [1, null, 3],
    ])
  })
  it('is told in a sentence', () => {
    const said = summaryOf('Ends', chart, { gaps: 1, marks: 2, clock: (ms) => `minute ${ms / 60_000}` })
    expect(said).toBe(
      'Ends. lower: last 3 at minute 2, highest 3 at minute 2, lowest 1 at minute 0. ' +
        'upper: last 10 at minute 0, highest 10 at minute 0, lowest 10 at minute 0. 1 gap without record. 2 alerts marked.',
    )
  })
})

it('figures of a cluster leave out what no broker tells', () => {
  const broker = { cluster: 'c', broker: 'b', status: 'watched', weight: 1, gauges: {} } satisfies Broker
  expect(
    figuresOf([
      { ...broker, connected: 5 },
      { ...broker, status: 'blind' },
    ]),
  ).toEqual({
    brokers: 2,
    watched: 1,
    connected: 5,
    connects: undefined,
    disconnects: undefined,
    abnormal: undefined,
  })
})

describe('health in words', () => {
  const feed = (watcher: string, state: 'up' | 'down') => ({
    cluster: 'c',
    feed: 'f',
    watcher,
    state,
    since: at(0),
    reportedAt: at(0),
    rejected: {},
    rejectionSamples: [],
    ...(state === 'down' ? { problem: 'ECONNREFUSED' } : {}),
  })
  const analyze = [{ cluster: 'c', ranAt: at(0), position: at(0), behindSeconds: 10, alertsToTell: 0 }]
  it('counts a feed as up while one watcher has it, and tells that the other has not', () => {
    expect(healthWords({ status: 'degraded', watch: [feed('a', 'up'), feed('b', 'down')], analyze })).toEqual({
      tone: 'warning',
      badge: '1 of 1 feed up',
      problems: ['Feed c / f: watcher b is not connected (ECONNREFUSED).'],
    })
  })
  it('a watcher that tells nothing any more has no feed up, whatever it said last', () => {
    expect(healthWords({ status: 'degraded', watch: [{ ...feed('a', 'up'), behindSeconds: 300 }], analyze })).toEqual({
      tone: 'warning',
      badge: '0 of 1 feed up',
      problems: ['Feed c / f: watcher a has told nothing for 5 min.'],
    })
  })
  it('says how late the analysis is', () => {
    const late = [{ cluster: 'c', behindSeconds: 3900, alertsToTell: 2 }]
    expect(healthWords({ status: 'degraded', watch: [feed('a', 'up')], analyze: late }).problems).toEqual([
      'Cluster c: the analysis is 1 h 5 min behind.',
      'Cluster c: 2 notifications not sent yet.',
    ])
  })
})

it('of a hundred thousand rows only those in view are drawn', () => {
  const list = { count: 100_000, rowHeight: 36, around: 8 }
  expect(rowsInView({ scrollTop: 0, height: 0 }, list)).toEqual({ first: 0, end: 20 })
  expect(rowsInView({ scrollTop: 36_000, height: 720 }, list)).toEqual({ first: 992, end: 1028 })
  expect(rowsInView({ scrollTop: 9e9, height: 720 }, list)).toEqual({ first: 99_972, end: 100_000 })
  expect(rowsInView({ scrollTop: 500, height: 720 }, { ...list, count: 3 })).toEqual({ first: 0, end: 3 })
})

it('rows are sorted as people count, those without a value last', () => {
  const rows = ['b10', undefined, 'b9']
  expect(sorted(rows, (row) => row, false)).toEqual(['b9', 'b10', undefined])
  expect(sorted(rows, (row) => row, true)).toEqual(['b10', 'b9', undefined])
})

it('times are told as people say them', () => {
  expect([0, 43_000, 720_000, 12_000_000, 176_400_000].map(durationText)).toEqual([
    '0 s',
    '43 s',
    '12 min',
    '3 h 20 min',
    '2 d 1 h',
  ])
  const nowMs = new Date(2026, 0, 2, 12).getTime()
  expect([nowMs - 1000, nowMs - 60_000, nowMs + 300_000].map((ms) => relativeText(ms, nowMs))).toEqual([
    'just now',
    '1 min ago',
    'in 5 min',
  ])
  expect(clockText(nowMs - 60_000, nowMs)).toBe('11:59:00')
  expect(clockText(nowMs - 86_400_000, nowMs)).toMatch(/^1 Jan/)
})

it('the token is taken out of the address, kept, and what is none is only taken out', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  }
  let cleaned = 0
  const clean = () => {
    cleaned += 1
  }
  keepToken({ storage, hash: '#token=abcdefghijklmnop_-', clean })
  keepToken({ storage, hash: '#token=<script>', clean })
  keepToken({ storage, hash: '#main', clean })
  expect(keptToken(storage)).toBe('abcdefghijklmnop_-')
  expect(cleaned).toBe(2)
})
