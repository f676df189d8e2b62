import { describe, expect, it } from 'vitest'
import { openClientWindow } from '../../domain/client-window.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import type { DetectorInput } from '../../domain/detector.ts'
import type { TopClient } from '../../domain/minute.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { beginMs, minuteOf } from './timeline.ts'

const context = contextOf({ detection: {} }, ClusterSchema.parse({ name: 'plant', dialect: 'aedes' }))
const how = { windowMinutes: 30, countOf: ({ disconnects }: TopClient) => disconnects }

/** A minute in which clients dropped, on as many brokers as it takes. */
function minuteWith(index: number, topClients: readonly TopClient[]): DetectorInput {
  const startMs = beginMs + index * minuteMs
  const brokers = Array.from({ length: Math.ceil(topClients.length / 10) }, (_, n) =>
    minuteOf(`b${n}`, index, { topClients: topClients.slice(10 * n, 10 * n + 10) }),
  )
  return { minute: { cluster: 'plant', startMs, end: instant(startMs + minuteMs), brokers, coverage: 1 }, context }
}

describe('clients followed', () => {
  const crowd = (index: number) =>
    Array.from({ length: 200 }, (_, n) => ({ clientId: `client-${index}-${n}`, disconnects: 1 }))

  it('stay few and small, however many drop: those that dropped most, and last', () => {
    const window = openClientWindow(undefined)
    for (let index = 0; index < 30; index += 1) {
      const flapping = index < 3 ? [{ clientId: 'flapping', disconnects: 1 }] : []
      window.take(minuteWith(index, [...crowd(index), ...flapping]), how)
    }
    const followed = window.reached(1)
    expect(followed.length).toBeGreaterThanOrEqual(500)
    expect(followed.length).toBeLessThanOrEqual(600)
    expect(followed[0]).toMatchObject({ clientId: 'flapping', total: 3 })
    expect(followed.slice(1, 201).every(({ clientId }) => !clientId.startsWith('client-0-'))).toBe(true)
    expect(JSON.stringify(window.save()).length).toBeLessThan(60_000)
  })
  it('are those with ids of bounded length', () => {
    const window = openClientWindow(undefined)
    window.take(minuteWith(0, [{ clientId: 'x'.repeat(129), disconnects: 9 }]), how)
    expect(window.reached(1)).toEqual([])
  })
  it('are let go when the window has passed; what was saved goes on as it was', () => {
    const window = openClientWindow(undefined)
    window.take(minuteWith(0, [{ clientId: '__proto__', disconnects: 2, peers: ['10.0.0.1:1'] }]), how)
    window.take(minuteWith(1, [{ clientId: '__proto__', disconnects: 1, peers: ['10.0.0.2:1'] }]), how)
    const again = openClientWindow(JSON.parse(JSON.stringify(window.save())))
    expect(again.reached(1)).toEqual(window.reached(1))
    expect(again.reached(1)).toMatchObject([{ total: 3, peers: ['10.0.0.1', '10.0.0.2'] }])
    again.take(minuteWith(30, []), how)
    expect(again.reached(1)).toMatchObject([{ total: 1 }])
    again.take(minuteWith(31, []), how)
    expect(again.save()).toEqual([])
    expect(openClientWindow({ strange: true }).save()).toEqual([])
  })
})
