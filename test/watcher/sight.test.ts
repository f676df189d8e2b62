import { expect, test } from 'vitest'
import type { Gap } from '../../domain/batch.ts'
import { createSight } from '../../watcher/sight.ts'

const startMs = Date.parse('2026-11-22T10:00:00Z')
const at = (second: number) => new Date(startMs + second * 1000).toISOString()

/** A feed's sight over a broker that keeps 20 s for us; each step happens at its second. */
function startSight() {
  let nowMs = startMs
  const gaps: Gap[] = []
  const sight = createSight({
    name: { cluster: 'plant', feed: 'node-1' },
    slot: 'a',
    keepsMs: 20_000,
    gap: (gap) => void gaps.push(gap),
    inBrokerTime: (epochMs) => epochMs,
    now: () => nowMs,
  })
  const step = (second: number, what: (atMs: number) => void) => {
    nowMs = startMs + second * 1000
    what(nowMs)
  }
  return {
    sight,
    spans: () => gaps.map(({ from, until, reason }) => `${from} ${until} ${reason.split(':')[0]}`),
    up: (second: number, resumed: boolean) => step(second, (atMs) => sight.up(atMs, resumed)),
    heard: (second: number) => step(second, sight.heard),
    down: (second: number) => step(second, () => sight.down('lost')),
    started: (second: number, stopped: boolean) => step(second, (atMs) => sight.started(atMs, stopped)),
    running: (second: number, since: number) => {
      let loss: ReturnType<typeof sight.running>
      step(second, () => {
        loss = sight.running(startMs + since * 1000)
      })
      return loss
    },
  }
}

const restarted = (from: number, until: number) => `${at(from)} ${at(until)} the broker was started again`

test('what was kept goes back to the birth of our session, and no further than the broker keeps', () => {
  const { sight, up, heard, down, spans } = startSight()
  up(0, false)
  expect(sight.seen().keptFrom).toBeUndefined()
  heard(5)
  down(6)
  up(8, true)
  expect(sight.seen()).toEqual({ seenFrom: at(8), seenUntil: at(8), keptFrom: at(0) })
  heard(60)
  down(61)
  up(90, true)
  expect(sight.seen().keptFrom).toBe(at(70))
  expect(spans()).toEqual([`${at(60)} ${at(70)} lost`])
})

test('a broker that stopped in good order lost nothing, one that was killed may have, since we heard it last', () => {
  const { up, heard, down, started, running, spans } = startSight()
  up(0, false)
  heard(10)
  down(11)
  started(13, true)
  up(14, true)
  expect(running(20, 13)).toBeUndefined()
  expect(spans()).toEqual([])
  heard(30)
  down(31)
  started(33, false)
  up(34, true)
  expect(running(40, 33)).toBeUndefined()
  expect(spans()).toEqual([restarted(30, 34)])
})

test('a restart is not forgotten over a later loss, before the broker told since when it runs', () => {
  const { up, heard, down, running, spans } = startSight()
  up(0, false)
  expect(running(5, -100)).toBeUndefined()
  heard(10)
  down(11)
  up(14, true)
  heard(16)
  down(17)
  up(18, true)
  expect(running(23, 13)).toMatchObject({ heardMs: startMs + 10_000, goneMs: startMs + 11_000 })
  expect(running(33, 13)).toBeUndefined()
  expect(spans()).toEqual([restarted(10, 14)])
})

test('a watcher that was killed together with its broker takes nothing before for kept', () => {
  const { sight, up, started } = startSight()
  started(3, false)
  up(4, true)
  expect(sight.seen()).toEqual({ seenFrom: at(4), seenUntil: at(4), keptFrom: at(3) })
})
