import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Advice, AdviceSchema, adviseOn } from '../../domain/tuning.ts'
import {
  caseOf,
  hammer,
  live,
  type Options,
  type Path,
  storm,
  tell,
  usualOptions,
  usualPath,
  beginMs,
} from './tuning/network.ts'

const fleet = { of: 'broker', broker: 'b1' } as const

function adviceOn(...asked: Parameters<typeof caseOf>): Advice {
  const advice = adviseOn(caseOf(...asked))
  if (advice === undefined) throw new Error('Nothing was recorded.')
  return AdviceSchema.parse(advice)
}
const advise = (path: Partial<Path>, options: Partial<Options> = {}, sessions = 30, seed = 1): Advice =>
  adviceOn(live({ ...usualPath, ...path }, { ...usualOptions, ...options }, sessions, seed))

describe('keepalive', () => {
  it('comes below an idle limit, and raising it is said to make it worse', () => {
    const { keepalive } = advise({ idleLimitMs: 350_000 }, { keepaliveSeconds: 400 }, 19)
    expect(keepalive).toMatchObject({ verdict: 'change', inUse: 400, advised: 230, range: { to: 230 } })
    expect(keepalive.why.join(' ')).toMatch(/connections were cut after 350 s to 351 s of silence/)
    expect(keepalive.why.join(' ')).toContain('Raising the keepalive to 350 s or more makes it worse')
    expect(keepalive.tradeOff.join(' ')).toContain(
      'With 230 s a dead peer is noticed within 345 s; an idle client sends 16 pings and 1.9 kB an hour',
    )
  })

  it('is judged by ages alone where the client tells nothing', () => {
    const events = live({ ...usualPath, idleLimitMs: 60_000 }, usualOptions, 12).filter(({ view }) => view === 'broker')
    const { keepalive } = adviceOn(events)
    expect(keepalive).toMatchObject({ verdict: 'change', inUse: 60, advised: 40 })
    expect(keepalive.missing?.join(' ')).toContain('observe(client)')
  })

  it('is kept where nothing observed speaks against it, however the connections ended', () => {
    const { keepalive } = advise({})
    expect(keepalive).toMatchObject({ verdict: 'keep', inUse: 60 })
    expect(keepalive.advised).toBeUndefined()
  })

  it('of a second is raised where pings are lost: living connections were taken for dead', () => {
    const { keepalive } = advise({ roundTripMs: 600 }, { keepaliveSeconds: 1 })
    expect(keepalive).toMatchObject({ verdict: 'change', inUse: 1, advised: 15 })
    expect(keepalive.why.join(' ')).toMatch(/\d+ connections with a keepalive of 1 s or less timed out/)
  })

  it('near the round trip is raised to four times the slowest', () => {
    const { keepalive } = advise({ roundTripMs: 9000 }, { keepaliveSeconds: 20 })
    expect(keepalive).toMatchObject({ verdict: 'change', inUse: 20 })
    expect(keepalive.advised).toBeGreaterThanOrEqual(35)
    expect(keepalive.advised).toBeLessThanOrEqual(40)
  })

  it('that no value can be is called a contradiction, with what to change instead', () => {
    const { keepalive } = advise({ idleLimitMs: 20_000, roundTripMs: 50 }, { keepaliveSeconds: 30 }, 12)
    expect(keepalive.advised).toBe(13)
    // The same path, and pings that take seconds, as clients with a shorter keepalive show.
    const slow = [1, 2, 3].flatMap((seed) => {
      const path = { ...usualPath, idleLimitMs: 20_000, roundTripMs: 7000 }
      const events = live(path, { ...usualOptions, keepaliveSeconds: 15 }, 12, seed)
      return events.map((event) => ({ ...event, id: `${seed}${event.id.slice(1)}`, clientId: `slow-${seed}` }))
    })
    const cut = live({ ...usualPath, idleLimitMs: 20_000 }, { ...usualOptions, keepaliveSeconds: 30 }, 40)
    const advice = adviceOn([...slow, ...cut], fleet)
    expect(advice.keepalive.verdict).toBe('contradiction')
    expect(advice.keepalive).not.toHaveProperty('advised')
    expect(advice.keepalive.why.join(' ')).toMatch(
      /No keepalive fits both: pings need \d+ s or more, the path allows 13 s or less/,
    )
  })

  it('0 never notices a dead peer: it is set, below the idle limit where there is one', () => {
    expect(advise({}, { keepaliveSeconds: 0 }).keepalive).toMatchObject({ verdict: 'change', inUse: 0, advised: 60 })
    expect(advise({ idleLimitMs: 60_000 }, { keepaliveSeconds: 0 }).keepalive).toMatchObject({ advised: 40 })
  })

  it('is tried at 30 s where the path forgets idle connections and tells nobody', () => {
    const { keepalive } = advise({ idleLimitMs: 350_000, isSilent: true }, { keepaliveSeconds: 600 })
    expect(keepalive).toMatchObject({ verdict: 'change', inUse: 600, advised: 30 })
    expect(keepalive).not.toHaveProperty('range')
    expect(keepalive.why.join(' ')).toContain('the limit itself cannot be seen')
  })

  it('is not blamed for timeouts of a peer that was silent for minutes', () => {
    const events = live(usualPath, usualOptions, 6).concat(
      [1, 2, 3, 4].flatMap((hour) => {
        const connectedAtMs = beginMs + 86_400_000 + hour * 3_600_000
        const end = {
          atMs: connectedAtMs + 1_800_000,
          connectedAtMs,
          keepaliveSeconds: 60,
          cause: 'keepalive_timeout' as const,
        }
        return [
          tell({ type: 'connected', atMs: connectedAtMs, keepaliveSeconds: 60 }),
          tell({ ...end, view: 'client', evidence: { clientCause: 'keepalive_timeout', rttMs: 50 } }),
        ]
      }),
    )
    const { keepalive } = adviceOn(events)
    expect(keepalive.verdict).toBe('keep')
    expect(keepalive.why.join(' ')).toContain('A longer one would notice the same, later.')
  })

  it('is 60 s where the broker knows many minutes earlier that a connection is gone', () => {
    const halfOpen = (lateMs: number) =>
      [1, 2, 3].flatMap((hour) => {
        const connectedAtMs = beginMs + hour * 3_600_000
        const keepaliveSeconds = 600
        const told = { connectedAtMs, keepaliveSeconds, cause: 'network_reset' as const }
        const seen = { ...told, view: 'client' as const, cause: 'keepalive_timeout' as const }
        return [
          tell({ type: 'connected', atMs: connectedAtMs, keepaliveSeconds }),
          tell({ view: 'client', type: 'connected', atMs: connectedAtMs + 5, keepaliveSeconds, evidence: {} }),
          tell({ ...told, atMs: connectedAtMs + 1_000_000 }),
          tell({ ...seen, atMs: connectedAtMs + 1_000_000 + lateMs, evidence: { rttMs: 20 } }),
        ]
      })
    expect(adviceOn(halfOpen(700_000)).keepalive).toMatchObject({ verdict: 'change', inUse: 600, advised: 60 })
    // So late no keepalive lets it be: the client itself was suspended.
    expect(adviceOn(halfOpen(2_000_000)).keepalive.verdict).toBe('keep')
  })

  it('of all is not changed for one client at the end of the world', () => {
    const near = [1, 2, 3, 4, 5].flatMap((seed) =>
      live(usualPath, usualOptions, 8, seed).map((event) => ({
        ...event,
        id: `${seed}${event.id.slice(1)}`,
        clientId: `near-${seed}`,
      })),
    )
    const far = live({ ...usualPath, roundTripMs: 29_000 }, usualOptions, 8)
    expect(adviceOn(far).keepalive).toMatchObject({ verdict: 'change', inUse: 60 })
    expect(adviceOn([...near, ...far], fleet).keepalive.verdict).toBe('keep')
  })

  it('is not judged by connections that were turned away at once, nor by an age beyond many pings', () => {
    const again = (ageMs: number, keepaliveSeconds: number) =>
      Array.from({ length: 12 }, (_, index) => {
        const connectedAtMs = beginMs + index * (ageMs + 1000)
        return [
          tell({ type: 'connected', atMs: connectedAtMs, keepaliveSeconds }),
          tell({ atMs: connectedAtMs + ageMs, connectedAtMs, keepaliveSeconds, cause: 'network_eof' }),
        ]
      }).flat()
    expect(adviceOn(again(300, 60)).keepalive.verdict).toBe('keep')
    expect(adviceOn(again(350_000, 30)).keepalive.verdict).toBe('keep')
  })

  it('of the broker is said to be the broker’s', () => {
    const events = live(usualPath, usualOptions, 5).map((event) =>
      event.view === 'broker' ? { ...event, keepaliveSeconds: 600 } : event,
    )
    expect(adviceOn(events).keepalive).toMatchObject({ verdict: 'keep', inUse: 60 })
    expect(adviceOn(events).keepalive.why.join(' ')).toContain('change it at the broker')
  })
})

describe('keepalive, for every path', () => {
  const paths = fc.record({
    limitSeconds: fc.integer({ min: 24, max: 900 }),
    keepaliveSeconds: fc.integer({ min: 1, max: 1800 }),
    roundTripMs: fc.integer({ min: 5, max: 3000 }),
    sessions: fc.integer({ min: 8, max: 60 }),
    seed: fc.integer(),
  })
  const runs = { seed: 42, numRuns: 120 }

  it('what is advised is below the idle limit, and never slower to notice a dead peer than need be', () => {
    fc.assert(
      fc.property(paths, ({ limitSeconds, keepaliveSeconds, roundTripMs, sessions, seed }) => {
        const { keepalive } = advise(
          { idleLimitMs: limitSeconds * 1000, roundTripMs },
          { keepaliveSeconds },
          sessions,
          seed,
        )
        const { advised, range } = keepalive
        const isCut = keepaliveSeconds >= limitSeconds
        expect(advised ?? (isCut ? limitSeconds : 0)).toBeLessThan(limitSeconds)
        // A longer one only where pings need it.
        const isLonger = advised !== undefined && advised > keepaliveSeconds
        expect(!isLonger || keepaliveSeconds < (range?.from ?? 0)).toBe(true)
        expect(advised).not.toBe(keepaliveSeconds)
      }),
      runs,
    )
  })

  it('whoever follows the advice gets no other', () => {
    fc.assert(
      fc.property(paths, ({ limitSeconds, keepaliveSeconds, roundTripMs, sessions, seed }) => {
        const path = { idleLimitMs: limitSeconds * 1000, roundTripMs }
        const { advised } = advise(path, { keepaliveSeconds }, sessions, seed).keepalive
        if (advised === undefined) return
        expect(advise(path, { keepaliveSeconds: advised }, sessions, seed + 1).keepalive).toMatchObject({
          verdict: 'keep',
        })
      }),
      runs,
    )
  })

  it('more connections never widen what fits, but by the twentieth within which a limit can be told', () => {
    fc.assert(
      fc.property(paths, ({ limitSeconds, keepaliveSeconds, roundTripMs, sessions, seed }) => {
        const path = { idleLimitMs: limitSeconds * 1000, roundTripMs }
        const few = advise(path, { keepaliveSeconds }, Math.ceil(sessions / 4), seed).keepalive.range
        const many = advise(path, { keepaliveSeconds }, sessions, seed).keepalive.range
        expect(many?.to ?? 1e9).toBeLessThanOrEqual(1.05 * (few?.to ?? 1e9) + 10)
        expect(many?.from ?? 0).toBeGreaterThanOrEqual(few?.from ?? 0)
      }),
      runs,
    )
  })
})

describe('reconnectPeriod', () => {
  it('is spread over twice as long as the broker needs for all who come back together', () => {
    const { reconnectPeriod } = adviceOn(
      storm({ clients: 300, perSecond: 20 }, () => 1000),
      fleet,
    )
    expect(reconnectPeriod.verdict).toBe('change')
    expect(reconnectPeriod.advised).toBeGreaterThanOrEqual(28_000)
    expect(reconnectPeriod.advised).toBeLessThanOrEqual(32_000)
    expect(reconnectPeriod.why.join(' ')).toMatch(
      /300 clients lost their connection to b1 within 1 s.* turned away or dropped again \d+/,
    )
    expect(reconnectPeriod.code).toContain('Math.random()')
  })

  it('is kept where the crowd was no trouble, and once the advice is followed', () => {
    expect(
      adviceOn(
        storm({ clients: 300, perSecond: 1000 }, () => 1000),
        fleet,
      ).reconnectPeriod.verdict,
    ).toBe('keep')
    const before = adviceOn(
      storm({ clients: 300, perSecond: 20 }, () => 1000),
      fleet,
    ).reconnectPeriod
    const most = before.advised ?? 0
    const wait = (random: () => number, failures: number) => random() * Math.min(60_000, most * 2 ** failures)
    expect(adviceOn(storm({ clients: 300, perSecond: 20 }, wait), fleet).reconnectPeriod.verdict).toBe('keep')
  })

  it('backs off where one client hammers for minutes at who is not there', () => {
    const { reconnectPeriod } = adviceOn(hammer(1000, 1_200_000))
    expect(reconnectPeriod).toMatchObject({ verdict: 'change', inUse: 1000 })
    expect(reconnectPeriod.why.join(' ')).toContain('One client made 1200 vain attempts within 20 min, one every 1 s')
    expect(adviceOn(hammer(30_000, 86_000_000)).reconnectPeriod.verdict).toBe('keep')
  })
})

describe('connectTimeout', () => {
  it('is raised where connects that succeed take nearly as long, and then kept', () => {
    const path = { connectMs: 4000 }
    const { connectTimeout } = advise(path, { connectTimeoutMs: 3000 })
    expect(connectTimeout).toMatchObject({ verdict: 'change', inUse: 3000, advised: 10_000 })
    expect(advise(path, { connectTimeoutMs: 10_000 }, 200).connectTimeout.verdict).toBe('keep')
  })

  it('is lowered, not raised, where who answers answers at once and the others never', () => {
    const path = { connectMs: 90, blackHoled: 0.3 }
    const { connectTimeout } = advise(path)
    expect(connectTimeout).toMatchObject({ verdict: 'change', inUse: 30_000, advised: 10_000 })
    expect(connectTimeout.why.join(' ')).toContain('Raising it would not help')
    expect(advise(path, { connectTimeoutMs: 10_000 }).connectTimeout.verdict).toBe('keep')
  })

  it('is kept where nothing is wrong, and not judged by few', () => {
    expect(advise({}).connectTimeout.verdict).toBe('keep')
    const { connectTimeout } = advise({}, {}, 5)
    expect(connectTimeout.verdict).toBe('unknown')
    expect(connectTimeout.missing?.join(' ')).toContain('observe(client)')
  })
})

describe('without a record', () => {
  it('there is no advice', () => {
    expect(adviseOn(caseOf([]))).toBeUndefined()
  })
})
