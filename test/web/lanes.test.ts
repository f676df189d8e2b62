import { describe, expect, it } from 'vitest'
import type { Cause } from '../../domain/cause.ts'
import type { JoinedEvent } from '../../domain/session.ts'
import { instant } from '../../domain/time.ts'
import { densityText, endText, itemText } from '../../web/view/client-words.ts'
import { runsOf, shapeAt, shapesOf, ticksOf } from '../../web/view/client-shapes.ts'
import { type LaneRow, lanesOf } from '../../web/view/lanes.ts'

const t0 = Date.parse('2026-11-22T10:00:00.000Z')
let made = 0

function event(seconds: number, over: Partial<JoinedEvent>): JoinedEvent {
  made += 1
  return {
    id: String(made).padStart(22, '0'),
    at: instant(t0 + seconds * 1000),
    ordinal: 0,
    cluster: 'plant',
    broker: 'emqx-1',
    clientId: 'pump',
    type: 'connected',
    view: 'broker',
    own: false,
    ...over,
  }
}

const ended = (seconds: number, cause: Cause, over: Partial<JoinedEvent> = {}) =>
  event(seconds, { type: 'disconnected', cause, ...over })
const claim = (process: string): Partial<JoinedEvent> => ({ view: 'client', evidence: { process } })
const range = { fromMs: t0, toMs: t0 + 600_000 }
const canvas = { range, width: 600, nowMs: t0 + 500_000 }

function row(events: readonly JoinedEvent[], view: 'broker' | 'client' = 'broker'): LaneRow {
  const found = lanesOf(events)[0]?.rows.find((each) => each.view === view)
  if (found === undefined) throw new Error(`no row of the ${view}`)
  return found
}

describe('lanes of a client', () => {
  it('each broker has one, with what it told and below what the client told, each with its own cause', () => {
    const lanes = lanesOf([
      event(0, {}),
      event(0.2, claim('p')),
      ended(60, 'network_eof'),
      ended(60.1, 'keepalive_timeout', claim('p')),
      event(100, { broker: 'emqx-10' }),
      event(200, { broker: 'emqx-2' }),
    ])
    expect(lanes.map(({ broker }) => broker)).toEqual(['emqx-1', 'emqx-2', 'emqx-10'])
    expect(lanes[0]?.rows.map(({ view, items }) => [view, items[0]?.cause])).toEqual([
      ['broker', 'network_eof'],
      ['client', 'keepalive_timeout'],
    ])
    expect(lanes[1]?.rows[0]?.items[0]).toMatchObject({ end: 'open', untilMs: Number.POSITIVE_INFINITY })
  })

  it('what the client told stands where the broker’s clock would have it', () => {
    const ahead = 90
    const of = [event(0, {}), ended(30, 'network_eof'), event(50, {}), ended(80, 'network_eof')]
    const own = [
      event(0 + ahead, claim('p')),
      ended(30 + ahead, 'network_eof', claim('p')),
      event(50 + ahead, claim('p')),
      ended(80 + ahead, 'network_eof', claim('p')),
    ]
    expect(row([...of, ...own], 'client').items.map(({ fromMs, untilMs }) => [fromMs - t0, untilMs - t0])).toEqual([
      [0, 30_000],
      [50_000, 80_000],
    ])
  })

  it('two processes that share the id have a row each', () => {
    const events = [0, 20, 40, 60].flatMap((seconds, index) => [
      event(seconds, claim(`p${index % 2}`)),
      ended(seconds + 20, 'session_taken_over', claim(`p${index % 2}`)),
    ])
    expect(lanesOf(events)[0]?.rows.map(({ process, items }) => [process, items.length])).toEqual([
      [undefined, 0],
      ['p0', 2],
      ['p1', 2],
    ])
  })

  it('an end whose begin nobody told is one, but for the begin that the API joined to it', () => {
    const lone = ended(60, 'network_reset')
    const joined = ended(200, 'network_reset', { session: { connectedAt: instant(t0 - 5000), seconds: 205 } })
    expect(row([lone]).items[0]).toMatchObject({ beginUnknown: true, fromMs: t0 + 60_000 })
    expect(row([joined]).items[0]).toMatchObject({ beginUnknown: false, fromMs: t0 - 5000 })
  })

  it('a session whose end was not told is over when the next begins', () => {
    const { items } = row([event(0, {}), event(60, {}), ended(90, 'kicked')])
    expect(items[0]).toMatchObject({ end: 'untold', untilMs: t0 + 60_000 })
    expect(items[1]).toMatchObject({ end: 'told', cause: 'kicked' })
  })

  it('where the cause is unknown, it is told what the process saw', () => {
    const { items } = row(
      [
        event(0, claim('p')),
        ended(9, 'unknown', { view: 'client', evidence: { process: 'p', clientCause: 'local_destroy' } }),
      ],
      'client',
    )
    expect(items.map(endText)).toEqual(['local destroy'])
    expect(items.map((item) => itemText(item, t0 + 60_000))[0]).toMatch(/9 s: ended by local destroy$/)
  })
})

describe('what is drawn of a row', () => {
  it('a session is a bar from begin to end, an open one until now, cut where the window ends', () => {
    const shapes = shapesOf(row([event(-60, {}), ended(60, 'kicked'), event(100, {})]), canvas)
    expect(shapes).toMatchObject([
      { kind: 'bar', x: 0, width: 60, begins: false, ends: true },
      { kind: 'bar', x: 100, width: 400, begins: true },
    ])
  })

  it('an attempt that was refused is a mark, which is found beside it too', () => {
    const shapes = shapesOf(row([event(300, { type: 'refused', cause: 'not_authorized' })]), canvas)
    expect(shapes).toMatchObject([{ kind: 'mark', x: 300 }])
    expect(shapeAt(shapes, 306)).toBe(shapes[0])
    expect(shapeAt(shapes, 320)).toBeUndefined()
  })

  it('a hundred thousand events are few shapes that count all of them', () => {
    const events = Array.from({ length: 50_000 }, (_, index) => [
      event(index * 0.012, { peer: `10.0.0.1:${index}` }),
      ended(index * 0.012 + 0.006, index % 4 === 0 ? 'kicked' : 'network_eof', { peer: `10.0.0.1:${index}` }),
    ]).flat()
    const shapes = shapesOf(row(events), { ...canvas, nowMs: range.toMs })
    expect(shapes.length).toBeLessThanOrEqual(100)
    const runs = runsOf(shapes)
    expect(runs).toHaveLength(1)
    expect(runs[0]?.count).toBe(50_000)
    const [first] = shapes
    expect(first?.kind === 'density' ? first.causes.map(([cause]) => cause) : []).toEqual(['network_eof', 'kicked'])
    expect(first?.kind === 'density' ? densityText(first, t0) : '').toMatch(
      /^500 sessions from .*: network eof 375, kicked 125$/,
    )
  })
})

it('the axis has few ticks, at round times', () => {
  for (const seconds of [1, 60, 3600, 86_400, 30 * 86_400, 400 * 86_400]) {
    const ticks = ticksOf({ fromMs: t0, toMs: t0 + seconds * 1000 }, 900)
    expect(ticks.length).toBeGreaterThanOrEqual(2)
    expect(ticks.length).toBeLessThanOrEqual(15)
    expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length)
  }
})
