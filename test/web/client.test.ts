import { expect, it } from 'vitest'
import type { JoinedEvent } from '../../domain/session.ts'
import { instant } from '../../domain/time.ts'
import { clientFilters } from '../../web/view/client-filters.ts'
import { askedAgainFrom, completeFrom, withNewer, withOlder } from '../../web/view/client-history.ts'
import { markedWindow, shiftedWindow, stepped, windowWith, zoomedWindow } from '../../web/view/client-window.ts'
import { lanesOf } from '../../web/view/lanes.ts'

const t0 = Date.parse('2026-11-22T10:00:00.000Z')

function event(seconds: number, over: Partial<JoinedEvent> = {}): JoinedEvent {
  return {
    id: `${over.view ?? 'b'}${seconds}`.padStart(22, '0'),
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
const times = (events: readonly JoinedEvent[]) => events.map(({ at }) => (Date.parse(at) - t0) / 1000)

it('pages of a history follow each other, and what is new comes first', () => {
  const first = withOlder(undefined, { events: [event(90), event(80)], next: 'more' })
  expect(completeFrom(first, t0)).toBe(t0 + 80_000)
  const both = withOlder(first, { events: [event(70), event(60)] })
  expect(times(both.events)).toEqual([90, 80, 70, 60])
  expect(completeFrom(both, t0)).toBe(t0)
  const now = withNewer(both, { events: [event(100), event(90), event(75)] })
  expect(times(now.events)).toEqual([100, 90, 80, 75, 70, 60])
  expect(withNewer(now, { events: [event(100), event(90)] })).toBe(now)
  expect(askedAgainFrom(now)).toBeLessThan(t0)
})

it('a history that grew by more than a page since is begun anew, so that it has no hole', () => {
  const loaded = withOlder(undefined, { events: [event(90)] })
  expect(withNewer(loaded, { events: [event(900), event(800)], next: 'more' })).toEqual({
    events: [event(900), event(800)],
    next: 'more',
    pages: 1,
  })
})

it('the window of the lanes stays in the span; wider than the span it is the span', () => {
  const span = { fromMs: 0, toMs: 1_000_000 }
  const half = zoomedWindow(span, span, { factor: 0.5 })
  expect(half).toEqual({ fromMs: 250_000, toMs: 750_000 })
  expect(zoomedWindow(half ?? span, span, { factor: 2 })).toBeUndefined()
  expect(zoomedWindow(span, span, { factor: 0.1, aroundMs: 1_000_000 })).toEqual({ fromMs: 900_000, toMs: 1_000_000 })
  expect(shiftedWindow({ fromMs: 0, toMs: 100 }, span, -0.5)).toEqual({ fromMs: 0, toMs: 100 })
  const marked = markedWindow(500_000, 500_000, span)
  expect((marked?.toMs ?? 0) - (marked?.fromMs ?? 0)).toBe(500)
})

it('keys lead from session to session, and to the nearest one of the next row', () => {
  const ended = (seconds: number) => event(seconds, { type: 'disconnected', cause: 'kicked' })
  const other = { broker: 'emqx-2' }
  const rows = lanesOf([
    ...[0, 100, 200].flatMap((seconds) => [event(seconds), ended(seconds + 50)]),
    ...[10, 190].flatMap((seconds) => [
      event(seconds, other),
      event(seconds + 5, { ...other, type: 'disconnected', cause: 'kicked' }),
    ]),
  ]).flatMap((lane) => lane.rows)
  const last = stepped(rows, undefined, 'left')
  expect(last).toEqual({ row: 0, index: 2 })
  expect(stepped(rows, last, 'left')).toEqual({ row: 0, index: 1 })
  expect(stepped(rows, last, 'right')).toEqual(last)
  expect(stepped(rows, last, 'down')).toEqual({ row: 1, index: 1 })
  expect(stepped(rows, last, 'up')).toEqual(last)
  const item = rows[0]?.items[0]
  const span = { fromMs: t0, toMs: t0 + 300_000 }
  const far = { fromMs: t0 + 200_000, toMs: t0 + 210_000 }
  expect(item === undefined ? undefined : windowWith(item, far, span)).toEqual({ fromMs: t0, toMs: t0 + 10_000 })
})

it('of filters in the address only those count that the API takes', () => {
  const params = new URLSearchParams('type=refused&cause=nonsense&view=client&broker=&peer=10.1.&last=1h')
  expect(clientFilters(params)).toEqual({ type: 'refused', view: 'client', peer: '10.1.' })
})
