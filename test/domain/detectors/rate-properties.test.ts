import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextOf } from '../../../domain/cluster-context.ts'
import { disconnectRate } from '../../../domain/detectors/disconnect-rate.ts'
import { imbalance } from '../../../domain/detectors/imbalance.ts'
import { ClusterSchema } from '../../../domain/settings.ts'
import { instant, minuteMs } from '../../../domain/time.ts'
import { living, poisson, seeded, type Told } from '../living.ts'
import { alertsOf, beginMs, minuteOf, type Step, type TimelineOptions } from '../timeline.ts'

const weekMs = 7 * 86_400_000
/** Busy enough that alerts open and close within an hour. */
const settings = {
  disconnectRate: { clearMinutes: 3, newNormalHours: 1 },
  imbalance: { openMinutes: 3, clearMinutes: 3, newNormalHours: 1 },
}
const causes = ['network_eof', 'keepalive_timeout', 'session_taken_over'] as const
const brokerMinute = fc.record({
  abnormal: fc.oneof({ weight: 3, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.nat(150) }),
  cause: fc.constantFrom(...causes),
  connected: fc.constantFrom(undefined, 100, 100, 100, 100, 180, 400),
  coverage: fc.constantFrom(0, 0.4, 0.7, 1, 1, 1, 1, 1, 1),
})
/** What three brokers did in some minutes, and how often; so that what they do lasts. */
const drawn = fc.array(
  fc.record({ times: fc.integer({ min: 1, max: 9 }), brokers: fc.tuple(brokerMinute, brokerMinute, brokerMinute) }),
  { maxLength: 14 },
)
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never
const plain = ['b1', 'b2', 'b3'] as const
function timelineOf(all: Drawn, names: readonly string[] = plain): Step[] {
  return all.flatMap(({ times, brokers }) => {
    const step = Object.fromEntries(
      brokers.map(({ cause, abnormal, ...rest }, n) => {
        return [names[n] ?? '', { ...rest, abnormal, disconnects: { [cause]: abnormal } }] as const
      }),
    )
    return Array.from({ length: times }, () => step)
  })
}
const run = (timeline: readonly Step[], options: TimelineOptions = {}) =>
  alertsOf(timeline, { settings, saveEvery: 1000, ...options }).filter(
    ({ alert: { kind } }) => kind === 'disconnect_rate' || kind === 'imbalance',
  )
/** Without what follows from the instant: instants, and the ids made of them. */
const timeless = (told: readonly Told[]): unknown =>
  JSON.parse(
    JSON.stringify(told, (key, value) => (key === 'id' || key === 'at' || key.endsWith('At') ? undefined : value)),
    (key, value) => (key === 'summary' ? value.replaceAll(/alert \S+/g, 'alert') : value),
  )
const inOrder = (told: readonly Told[]) =>
  told.toSorted((a, b) => a.index - b.index || (a.alert.id < b.alert.id ? -1 : a.alert.id > b.alert.id ? 1 : 0))
const runs = { numRuns: 40 }

describe('what is told of disconnects and of loads', () => {
  it('is the same in any other week', () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 600 }), (all, weeks) => {
        const timeline = timelineOf(all)
        expect(timeless(run(timeline, { beginMs: beginMs + weeks * weekMs }))).toEqual(timeless(run(timeline)))
      }),
      runs,
    )
  })
  it('names brokers by their names, whatever these are', () => {
    // In the same order as texts; but in the store whole numbers come first, 9 before 10.
    const names = fc.constantFrom(['x', 'y', 'z'], ['10', '9', 'emqx@10.0.0.1'])
    const texts = (told: readonly Told[]) => told.map((each) => JSON.stringify(timeless([each])))
    fc.assert(
      fc.property(drawn, names, (all, to) => {
        const told = texts(run(timelineOf(all, to), { saveEvery: 5 }))
        const renamed = texts(run(timelineOf(all))).map((text) =>
          text.replaceAll(/b[123]/g, (name) => to[Number(name[1]) - 1] ?? ''),
        )
        expect(told.toSorted()).toEqual(renamed.toSorted())
      }),
      runs,
    )
  })
  it('does not depend on the order of the brokers', () => {
    fc.assert(
      fc.property(drawn, fc.constantFrom([2, 1, 0], [1, 2, 0]), (all, order) => {
        const turned = timelineOf(all).map((step) =>
          Object.fromEntries(order.map((n) => [plain[n] ?? '', step[plain[n] ?? ''] ?? {}])),
        )
        expect(inOrder(run(turned))).toEqual(inOrder(run(timelineOf(all))))
      }),
      runs,
    )
  })
  it('does not depend on when it went through the store', () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 40 }), (all, saveEvery) => {
        const timeline = timelineOf(all)
        expect(run(timeline, { saveEvery })).toEqual(run(timeline))
      }),
      runs,
    )
  })
  it('does not follow from gaps: what is usual opens nothing, however little of it is seen', () => {
    const coverages = fc.array(
      fc.record({ times: fc.integer({ min: 1, max: 30 }), coverage: fc.constantFrom(0, 0.3, 0.5, 0.9, 1, 1) }),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(coverages, fc.integer(), fc.double({ min: 0.1, max: 15, noNaN: true }), (all, seed, rate) => {
        const random = seeded(seed)
        const timeline = all.flatMap(({ times, coverage }) =>
          Array.from({ length: times }, (): Step => {
            // Of a minute that was hardly seen the counts mean nothing.
            const abnormal = coverage < 0.5 ? Math.floor(random() * 900) : poisson(random, rate * coverage)
            return {
              b1: { connected: 1000, coverage, abnormal },
              b2: { connected: 1000, abnormal: poisson(random, rate) },
            }
          }),
        )
        expect(run(timeline).filter(({ alert }) => alert.kind === 'disconnect_rate')).toEqual([])
      }),
      runs,
    )
  })
})

describe('days of a cluster', () => {
  it('brokers that no minute names for a week are forgotten', () => {
    const context = contextOf({ detection: {} }, ClusterSchema.parse({ name: 'plant', dialect: 'aedes', brokers: [] }))
    for (const detector of [disconnectRate, imbalance]) {
      const opened = detector.open({})
      const live = (names: readonly string[], day: number) => {
        for (let index = day * 1440; index < day * 1440 + 120; index += 1) {
          const startMs = beginMs + index * minuteMs
          const brokers = names.map((name) => minuteOf(name, index))
          opened.judge({
            minute: { cluster: 'plant', startMs, end: instant(startMs + minuteMs), brokers, coverage: 1 },
            context,
          })
        }
        return JSON.stringify(opened.save())
      }
      live(['stays', 'goes-1', 'goes-2'], 0)
      expect(live(['stays', 'comes'], 6)).toContain('goes-1')
      expect(live(['stays', 'comes'], 8)).not.toContain('goes-')
    }
  })
  const hourMs = 3_600_000
  /** Two days, on the second of which something happens. */
  const days = (seed: number) => {
    const random = seeded(seed)
    return (startMs: number, index: number): Step => {
      const usual = 8 * (1 + 0.5 * Math.sin((2 * Math.PI * (startMs / hourMs)) / 24))
      const isBad = index > 1800 && index % 300 < 40
      const of = (factor: number) => {
        const [eof, keepalive] = [poisson(random, usual * factor), poisson(random, 1)]
        return {
          connected: 1000,
          abnormal: eof + keepalive,
          disconnects: { network_eof: eof, keepalive_timeout: keepalive },
          coverage: index % 777 > 770 ? 0 : 1,
        }
      }
      return { b1: of(isBad ? 4 : 1), b2: of(1), b3: of(isBad && index > 2400 ? 2 : 1) }
    }
  }
  it('are judged alike in any week', () => {
    const lives = [0, 1, 333].map((weeks) => living({ kind: 'disconnect_rate', beginMs: beginMs + weeks * weekMs }))
    const [first = [], ...others] = lives.map((life) => life.live(2880, days(1)))
    expect(first.length).toBeGreaterThan(5)
    for (const other of others) expect(timeless(other)).toEqual(timeless(first))
  })
  it('are judged exactly alike when all goes through the store after every minute; the large part changes once an hour', () => {
    const context = contextOf({ detection: {} }, ClusterSchema.parse({ name: 'plant', dialect: 'aedes', brokers: [] }))
    const straight = disconnectRate.open({})
    let stored = disconnectRate.open({})
    let baseline = ''
    const step = days(2)
    const changed: number[] = []
    const firing: number[] = []
    for (let index = 0; index < 2400; index += 1) {
      const startMs = beginMs + index * minuteMs
      const brokers = Object.entries(step(startMs, index)).map(([name, each]) => minuteOf(name, index, each))
      const minute = { cluster: 'plant', startMs, end: instant(startMs + minuteMs), brokers, coverage: 1 }
      const expected = straight.judge({ minute, context })
      const told = stored.judge({ minute, context })
      expect({ judgements: told.judgements, bands: told.bands?.() }).toEqual({
        judgements: expected.judgements,
        bands: expected.bands?.(),
      })
      if (told.judgements.some(({ verdict }) => verdict === 'firing')) firing.push(index)
      const saved = stored.save()
      if (JSON.stringify(saved.baseline) !== baseline && index > 0 && index % 60 !== 59) changed.push(index)
      baseline = JSON.stringify(saved.baseline)
      if (index > 2340 || index % 97 === 0) stored = disconnectRate.open(JSON.parse(JSON.stringify(saved)))
    }
    // Once in its life within an hour: when it knows how busy its first days were.
    expect(changed.length).toBeLessThanOrEqual(1)
    expect(firing.length).toBeGreaterThan(20)
  })
})
