import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeNames } from '../../domain/cause.ts'
import { clientsIn } from '../../domain/found-clients.ts'
import { binEdges, sessionAgesOf } from '../../domain/session-ages.ts'

describe('ages of sessions', () => {
  it('every known age is in one bin, under its cause', () => {
    const session = fc.record({
      ageMs: fc.option(fc.double({ min: 0, max: 4e9, noNaN: true }), { nil: undefined }),
      cause: fc.option(fc.constantFrom(...causeNames), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(session, { maxLength: 50 }), (all) => {
        const asked = all.map(({ ageMs, cause }) => ({
          ...(ageMs === undefined ? {} : { ageMs }),
          ...(cause === undefined ? {} : { cause }),
        }))
        const { sessions, bins } = sessionAgesOf(asked)
        expect(sessions).toBe(all.filter(({ ageMs }) => ageMs !== undefined).length)
        expect(bins.flatMap(({ counts }) => Object.values(counts)).reduce((sum, count) => sum + count, 0)).toBe(
          sessions,
        )
        for (const { fromSeconds, toSeconds, counts } of bins) {
          for (const [cause, count] of Object.entries(counts)) {
            const own = all.filter(({ ageMs = -1, cause: told = 'unknown' }) => {
              return told === cause && ageMs / 1000 >= fromSeconds && ageMs / 1000 < toSeconds
            })
            expect(own).toHaveLength(count)
          }
        }
      }),
    )
  })

  it('bins follow one another, eight a decade, from nothing to beyond a month', () => {
    expect(binEdges).toEqual(binEdges.toSorted((a, b) => a - b))
    expect(new Set(binEdges).size).toBe(binEdges.length)
    expect([binEdges[0], binEdges[1], binEdges[9], binEdges.includes(2_592_000)]).toEqual([0, 1, 10, true])
  })
})

describe('clients found without an id', () => {
  const top = (clientId: string, disconnects: number, broker: string) => ({ clientId, disconnects, brokers: [broker] })
  const minutes = [
    {
      minute: '2026-11-22T10:01:00.000Z',
      topClients: [top('loud', 4, 'b2'), top('quiet', 1, 'b1')],
      watched: [{ clientId: 'pump', online: false, at: '2026-11-22T10:01:30.000Z', broker: 'b1' }],
    },
    {
      minute: '2026-11-22T10:00:00.000Z',
      topClients: [top('loud', 3, 'b1')],
      watched: [
        { clientId: 'pump', online: true, at: '2026-11-22T10:00:20.000Z', broker: 'b1' },
        { clientId: 'valve', online: true, at: '2026-11-22T10:00:10.000Z', broker: 'b2' },
        { clientId: 'valve', online: false, at: '2026-11-22T10:00:40.000Z', broker: 'b1' },
      ],
    },
  ]
  const watched = new Map([
    ['never', 5],
    ['pump', 5],
    ['valve', 5],
  ])

  it('those that stood out come first, then the watched ones, offline before online', () => {
    const found = clientsIn(minutes, watched, 10)
    expect(found.map(({ clientId, disconnects }) => [clientId, disconnects])).toEqual([
      ['loud', 7],
      ['quiet', 1],
      ['pump', 0],
      ['never', 0],
      ['valve', 0],
    ])
    expect(found[0]).toMatchObject({ brokers: ['b1', 'b2'], lastMinute: '2026-11-22T10:01:00.000Z' })
    expect(found[2]).toMatchObject({ brokers: ['b1'], watched: { online: false, at: '2026-11-22T10:01:30.000Z' } })
    expect(found[3]?.watched).toEqual({ offlineMinutes: 5 })
    // Its session on one broker ended after it had begun one on another.
    expect(found[4]).toMatchObject({ brokers: ['b2'], watched: { online: true } })
    expect(clientsIn(minutes, watched, 1)).toHaveLength(1)
  })
})
