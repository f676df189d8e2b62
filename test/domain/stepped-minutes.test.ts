import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Minute } from '../../domain/minute.ts'
import { endOfStep, startOfStep, stepsOfBroker, stepsOfCluster } from '../../domain/stepped-minutes.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { joinBrokers } from '../../domain/whole-minute.ts'
import { minuteOf } from './timeline.ts'

const beginMs = Date.parse('2026-11-22T22:10:00Z')
const count = fc.nat({ max: 9 })
const figures = fc.record({
  connects: count,
  refused: count,
  abnormal: count,
  coverage: fc.constantFrom(0, 0.25, 1),
  connected: fc.option(fc.nat({ max: 500 }), { nil: undefined }),
  band: fc.option(fc.record({ expected: count, upper: count }), { nil: undefined }),
  client: fc.constantFrom('a', 'b', 'c'),
})
/** Some of several hundred minutes, newest first. */
const minutes = fc
  .uniqueArray(fc.tuple(fc.nat({ max: 400 }), figures), { selector: ([index]) => index, maxLength: 60 })
  .map((all) => all.toSorted(([a], [b]) => b - a))
  .map((all) =>
    all.map(([index, { client, band, connected, ...counts }]): Minute => {
      const { connected: _, ...calm } = minuteOf('b1', 0)
      return {
        ...calm,
        ...counts,
        minute: instant(beginMs + index * minuteMs),
        disconnects: { network_eof: counts.abnormal },
        topClients: counts.abnormal > 0 ? [{ clientId: client, disconnects: counts.abnormal }] : [],
        ...(band === undefined ? {} : { band }),
        ...(connected === undefined ? {} : { connected }),
      }
    }),
  )
const step = fc.constantFrom(1, 2, 5, 7, 60, 1440)
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

describe('minutes in steps', () => {
  it('every minute counts in one step, whose figures are what a naive sum gives', () => {
    fc.assert(
      fc.property(minutes, step, (all, width) => {
        const steps = stepsOfBroker(all, width)
        expect(steps.map(({ minute }) => minute)).toEqual([
          ...new Set(all.map(({ minute }) => startOfStep(minute, width))),
        ])
        for (const each of steps) {
          const startMs = Date.parse(each.minute)
          const own = all.filter(({ minute }) => {
            const ms = Date.parse(minute)
            const midnight = Date.parse(`${minute.slice(0, 10)}T00:00:00Z`)
            return ms >= startMs && ms < startMs + width * minuteMs && startMs >= midnight
          })
          expect(each.connects).toBe(sum(own.map(({ connects }) => connects)))
          expect(each.abnormal).toBe(sum(own.map(({ abnormal }) => abnormal)))
          expect(each.disconnects.network_eof).toBe(each.abnormal)
          expect(sum(each.topClients.map(({ disconnects }) => disconnects))).toBe(each.abnormal)
          const covered = sum(own.map(({ coverage }) => coverage))
          expect(each.coverage * each.stepMinutes).toBeCloseTo(covered)
          expect(startMs + each.stepMinutes * minuteMs).toBe(Date.parse(own[0]?.minute ?? '') + minuteMs)
          const connected = own.flatMap((minute) => minute.connected ?? [])
          expect(each.connected).toBe(width === 1 ? own[0]?.connected : connected[0])
          const range = width > 1 && connected.length > 0 ? [Math.min(...connected), Math.max(...connected)] : []
          expect([each.connectedLow ?? [], each.connectedHigh ?? []].flat()).toEqual(range)
          const bands = own.flatMap(({ band }) => band ?? [])
          const held = own.every(({ band, abnormal }) => band !== undefined || abnormal === 0)
          expect(each.band?.upper).toBe(held && bands.length > 0 ? sum(bands.map(({ upper }) => upper)) : undefined)
        }
      }),
    )
  })

  it('begin at multiples from midnight UTC, also where a day is no multiple of them', () => {
    expect(startOfStep('2026-11-22T23:59:00.000Z', 7)).toBe('2026-11-22T23:55:00.000Z')
    expect(endOfStep('2026-11-22T23:59:00.000Z', 7)).toBe('2026-11-23T00:00:00.000Z')
    expect(startOfStep('2026-11-23T00:06:59.999Z', 7)).toBe('2026-11-23T00:00:00.000Z')
    expect(endOfStep('2026-11-23T00:07:00.000Z', 7)).toBe('2026-11-23T00:07:00.000Z')
  })

  it('tell the last word on watched clients and figures of a moment', () => {
    const older = minuteOf('b1', 0, {
      gauges: { heap_bytes: 5, sessions: 7 },
      watched: [{ clientId: 'w', online: true, at: instant(beginMs) }],
      topPeers: [{ peer: '10.0.0.1', disconnects: 2 }],
    })
    const newer = minuteOf('b1', 1, {
      gauges: { heap_bytes: 6 },
      watched: [{ clientId: 'w', online: false, at: instant(beginMs + minuteMs) }],
      topPeers: [{ peer: '10.0.0.1', disconnects: 3 }],
    })
    expect(stepsOfBroker([newer, older], 1440)).toMatchObject([
      {
        gauges: { heap_bytes: 6, sessions: 7 },
        watched: [{ clientId: 'w', online: false }],
        topPeers: [{ peer: '10.0.0.1', disconnects: 5 }],
      },
    ])
  })
})

describe('a minute of a whole cluster', () => {
  const top = { clientId: 'p', disconnects: 3, takeovers: 2, peers: ['10.0.0.1:5000'] }
  const b1 = minuteOf('b1', 0, { abnormal: 3, connected: 60, refused: 1, refusedByCode: { '5': 1 }, topClients: [top] })
  const b2 = minuteOf('b2', 0, { abnormal: 2, connected: 40, topClients: [{ ...top, disconnects: 2 }] })

  it('is the sum over its brokers, its clients those of all', () => {
    expect(joinBrokers([b2, b1], { expected: 1, upper: 9 })).toEqual({
      cluster: 'plant',
      minute: b1.minute,
      coverage: 1,
      brokers: 2,
      connects: 0,
      refused: 1,
      refusedByCode: { '5': 1 },
      disconnects: { network_eof: 5 },
      abnormal: 5,
      connected: 100,
      topClients: [{ clientId: 'p', disconnects: 5, takeovers: 4, peers: ['10.0.0.1:5000'], brokers: ['b1', 'b2'] }],
      band: { expected: 1, upper: 9 },
    })
    expect(joinBrokers([])).toBeUndefined()
  })

  it('does not tell how many clients there are when a broker did not', () => {
    const { connected: _, ...untold } = b2
    expect(joinBrokers([b1, untold])).not.toHaveProperty('connected')
    expect(joinBrokers([b1, { ...b2, coverage: 0 }])).toMatchObject({ coverage: 0.5, brokers: 2 })
    expect(joinBrokers([b1, { ...b2, coverage: 0 }])).not.toHaveProperty('connected')
  })

  it('names ten clients at most, those in a take-over loop first', () => {
    const many = (broker: string, from: number) =>
      minuteOf(broker, 0, {
        topClients: Array.from({ length: 10 }, (_, n) => ({ clientId: `c${from + n}`, disconnects: 5, takeovers: 0 })),
      })
    const loop = minuteOf('b3', 0, { topClients: [{ clientId: 'loop', disconnects: 2, takeovers: 2 }] })
    const whole = joinBrokers([many('b1', 0), many('b2', 5), loop])
    expect(whole?.topClients).toHaveLength(10)
    expect(whole?.topClients.slice(0, 5).map(({ disconnects }) => disconnects)).toEqual([10, 10, 10, 10, 10])
    expect(whole?.topClients.at(-1)).toMatchObject({ clientId: 'loop', brokers: ['b3'] })
    expect(stepsOfCluster(whole === undefined ? [] : [whole], 5)).toMatchObject([{ brokers: 3, stepMinutes: 1 }])
  })
})
