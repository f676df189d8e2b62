import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Reply } from '../../web/api.ts'
import { after, startQuery } from '../../web/query.ts'
import { noConnection, troubleOf } from '../../web/trouble.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const failed: Reply<number> = { ok: false, trouble: noConnection }

/** Answers 1, 2, 3 …, but fails while `down`. Says at which second each question came. */
function stage({ everyMs, visible = true }: { everyMs: number | undefined; visible?: boolean }) {
  const began = Date.now()
  const asked: number[] = []
  const told: Reply<number>[] = []
  const world = { down: false }
  const query = startQuery<number>({
    ask: async () => {
      asked.push((Date.now() - began) / 1000)
      return Promise.resolve(world.down ? failed : { ok: true, value: asked.length })
    },
    everyMs,
    visible,
    told: (reply) => told.push(reply),
  })
  return { query, asked, told, world }
}

describe('a question', () => {
  it('is asked at once, then every so often', async () => {
    const { asked, told } = stage({ everyMs: 10_000 })
    await vi.advanceTimersByTimeAsync(25_000)
    expect(asked).toEqual([0, 10, 20])
    expect(told.at(-1)).toEqual({ ok: true, value: 3 })
  })
  it('is asked less and less while it fails, and as before when it is answered again', async () => {
    const { asked, world } = stage({ everyMs: 10_000 })
    world.down = true
    await vi.advanceTimersByTimeAsync(75_000)
    world.down = false
    await vi.advanceTimersByTimeAsync(85_000)
    expect(asked).toEqual([0, 10, 20, 40, 80, 90, 100, 110, 120, 130, 140, 150, 160])
  })
  it('waits while nobody looks, and is asked at once when somebody does', async () => {
    const { query, asked } = stage({ everyMs: 10_000 })
    await vi.advanceTimersByTimeAsync(1000)
    query.seen(false)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([0])
    query.seen(true)
    await vi.advanceTimersByTimeAsync(5000)
    expect(asked).toEqual([0, 61])
  })
  it('that stands still is asked once, again when that failed, and when it is wanted', async () => {
    const { query, asked } = stage({ everyMs: undefined })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([0])
    query.again()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([0, 60])
  })
  it('that was ended tells nothing more', async () => {
    const { query, asked, told } = stage({ everyMs: 1000 })
    query.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toEqual([0])
    expect(told).toEqual([])
  })
})

describe('what is shown after a failure', () => {
  const shown = { value: 7, loading: false, stale: false }
  it('is the answer before, said to be old', () => {
    expect(after(shown, failed)).toEqual({ value: 7, trouble: noConnection, loading: false, stale: true })
  })
  it('is nothing when the thing is gone', () => {
    const gone = troubleOf(404, undefined)
    expect(after(shown, { ok: false, trouble: gone })).toEqual({ trouble: gone, loading: false, stale: true })
  })
})
