import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Load, movesOf, spreadOf } from '../../domain/balance.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import { rebalancingOf } from '../../domain/rebalancing.ts'
import { ClusterSchema, dialectNames } from '../../domain/settings.ts'

const context = contextOf({ detection: {} }, ClusterSchema.parse({ name: 'plant', dialect: 'emqx' }))
const settings = context.detection.imbalance
const load = (broker: string, connected?: number, weight = 1): Load => ({ broker, weight, connected, settings })
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

describe('the balance of a cluster', () => {
  it('its plan moves whole clients to fair shares, as few as possible, in at most n − 1 moves', () => {
    const loads = fc.array(fc.tuple(fc.nat({ max: 5000 }), fc.integer({ min: 0, max: 9 })), {
      minLength: 2,
      maxLength: 12,
    })
    fc.assert(
      fc.property(loads, (all) => {
        const weights = sum(all.map(([, weight]) => weight))
        fc.pre(weights > 0)
        const spread = spreadOf(all.map(([connected, weight], n) => load(`b${n}`, connected, weight)))
        const total = sum(all.map(([connected]) => connected))
        const after = new Map(all.map(([connected], n) => [`b${n}`, connected]))
        for (const { from, to, clients } of spread.moves) {
          expect(Number.isInteger(clients) && clients > 0).toBe(true)
          after.set(from, (after.get(from) ?? 0) - clients)
          after.set(to, (after.get(to) ?? 0) + clients)
        }
        expect(spread.moves.length).toBeLessThan(all.length)
        for (const [n, [, weight]] of all.entries()) {
          const fair = (total * weight) / weights
          expect(Math.abs((after.get(`b${n}`) ?? 0) - fair)).toBeLessThan(1)
        }
        // No plan to whole numbers next to the fair ones moves fewer.
        const least = all.map(([connected, weight]) => Math.max(0, connected - Math.ceil((total * weight) / weights)))
        const most = all.map(([connected, weight]) => Math.max(0, connected - Math.floor((total * weight) / weights)))
        const moved = sum(spread.moves.map(({ clients }) => clients))
        expect(moved).toBeGreaterThanOrEqual(sum(least))
        expect(moved).toBeLessThanOrEqual(sum(most))
        expect(sum(spread.brokers.map(({ surplus = 0 }) => surplus))).toBe(0)
        expect(sum(spread.brokers.map(({ fairShare }) => fairShare))).toBeCloseTo(1)
      }),
    )
  })

  it('its indices are 1, 0, 1, 0 when all have their share, and agree with one another', () => {
    expect(spreadOf([load('a', 300, 3), load('b', 100)]).indices).toEqual({
      peakToFair: 1,
      coefficientOfVariation: 0,
      jainIndex: 1,
      misplacedShare: 0,
    })
    const { indices } = spreadOf([load('a', 150), load('b', 50), load('c', 100)])
    expect(indices?.peakToFair).toBeCloseTo(1.5)
    expect(indices?.misplacedShare).toBeCloseTo(50 / 300)
    expect(indices?.jainIndex).toBeCloseTo(1 / (1 + (indices?.coefficientOfVariation ?? 0) ** 2))
    // One has all.
    expect(spreadOf([load('a', 90), load('b', 0), load('c', 0)]).indices?.jainIndex).toBeCloseTo(1 / 3)
  })

  it.each([
    ['no clients told', [load('a'), load('b')], 'unknown', /No broker told/],
    ['one broker', [load('a', 10)], 'unknown', /one broker/],
    ['a broker that was not seen', [load('a', 500), load('b', 20), load('c')], 'unknown', /c has is not known/],
    ['no weights', [load('a', 5, 0), load('b', 5, 0)], 'unknown', /weight 0/],
    ['all alike', [load('a', 101), load('b', 99)], 'balanced', /not worth it/],
    ['nobody there', [load('a', 0), load('b', 0)], 'balanced', /No clients/],
    [
      'one that has twice its share',
      [load('a', 800), load('b', 400)],
      'imbalanced',
      /a carries 800 of 1200.*fair share is 600 \(50 %\)/,
    ],
    ['too few to tell', [load('a', 20), load('b', 2)], 'unknown', /fewer than 50/],
    ['few, but alike', [load('a', 11), load('b', 11)], 'balanced', /a carries 11 of 22/],
    ['more than its limit', [{ ...load('a', 108), shareLimit: 0.5 }, load('b', 100)], 'imbalanced', /a carries 108/],
    ['clients where none should be', [load('a', 100), load('b', 100, 0)], 'imbalanced', /b carries 100|a carries 100/],
  ] as const)('%s: %s', (_, loads, verdict, reason) => {
    const spread = spreadOf(loads)
    expect(spread.verdict).toBe(verdict)
    expect(spread.reason).toMatch(reason)
    const isUnseen = loads.some(({ connected }) => connected === undefined)
    expect(isUnseen && spread.moves.length > 0).toBe(false)
  })

  it('an open alert stands over the moment', () => {
    const spread = spreadOf([load('a', 101), load('b', 99)], 'a carried 300 of 400 clients.')
    expect(spread).toMatchObject({ verdict: 'imbalanced', reason: 'a carried 300 of 400 clients.' })
  })
})

describe('the command for a plan', () => {
  const brokers = [load('emqx@n1', 900), load('emqx@n2', 100)]
  const { moves } = spreadOf(brokers)
  const plan = { moves, brokers, connected: 1000 }

  it('of EMQX names its nodes, and thresholds that this cluster is beyond', () => {
    expect(rebalancingOf('emqx', plan)?.lines[0]).toBe(
      'emqx ctl rebalance start --nodes "emqx@n1 emqx@n2" --conn-evict-rate 2 --abs-conn-threshold 25 --rel-conn-threshold 1.05',
    )
  })

  it('takes no name into a line that a shell would read otherwise', () => {
    const hostile = ['a"; rm -rf ~; "', '$(id)', '-x', 'a b', '`id`', 'ü']
    for (const dialect of dialectNames) {
      for (const name of hostile) {
        const made = rebalancingOf(dialect, {
          ...plan,
          moves: movesOf(
            new Map([
              [name, 5],
              ['b', -5],
            ]),
          ),
        })
        expect(made?.lines.join('\n')).not.toContain(name)
        expect(made?.note.length, dialect).toBeGreaterThan(40)
      }
    }
  })

  it('is none where nothing has to move', () => {
    expect(rebalancingOf('emqx', { ...plan, moves: [] })).toBeUndefined()
  })
})
