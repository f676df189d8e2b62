import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alert, AlertKind, Judgement } from '../../domain/alert.ts'
import { adopted, alertsOf, atEndOf, calm, firing, type Said, unseen } from './alert-timeline.ts'

const brokers = ['b1', 'b2', 'b3', 'b4']
const kind = fc.constantFrom<AlertKind>(
  'disconnect_rate',
  'broker_silent',
  'watcher_blind',
  'imbalance',
  'client_offline',
)

/** Any judgement of any scope: the cluster's, a broker's, a client's. */
const judgement = fc
  .record({
    kind,
    broker: fc.constantFrom(...brokers, undefined),
    isOfClient: fc.boolean(),
    verdict: fc.constantFrom<Judgement['verdict']>('firing', 'firing', 'calm', 'calm', 'unseen', 'adopted'),
    observed: fc.nat(200),
    severity: fc.constantFrom('warning' as const, 'critical' as const),
    clearMinutes: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ kind: of, broker, isOfClient, verdict, observed, severity, clearMinutes }) => {
    const isClient = isOfClient && of === 'client_offline'
    const place = broker === undefined ? {} : { broker }
    const where = { kind: of, clearMinutes, ...place, ...(isClient ? { clientId: `c-${observed % 3}` } : {}) }
    if (verdict === 'firing') return firing({ observed, severity }, where)
    return verdict === 'calm' ? calm(where) : verdict === 'unseen' ? unseen(where) : adopted(where)
  })
const timeline = fc.array(fc.array(judgement, { maxLength: 12 }), { maxLength: 40 })
/** Silences and announced work over some of it. */
const window = fc
  .tuple(fc.nat(40), fc.nat(20))
  .map(([from, length]) => ({ from: atEndOf(from), to: atEndOf(from + length) }))
const world = fc.record({ timeline, silence: window, work: window, isAcknowledged: fc.boolean() })
type World =
  typeof world extends fc.Arbitrary<infer T> ? Omit<T, 'timeline'> & { readonly timeline: readonly Said[] } : never

function live({ timeline: minutes, silence, work, isAcknowledged }: World, rename = (name: string) => name) {
  const silences = [
    {
      id: 's',
      cluster: 'plant',
      ...silence,
      broker: rename('b1'),
      comment: '',
      createdBy: 'me',
      createdAt: silence.from,
    },
  ]
  return alertsOf(minutes, {
    brokers: brokers.map(rename),
    cluster: { maintenance: [{ ...work, brokers: [rename('b2')] }] },
    acts: (_, known) => ({ silences, acknowledged: new Set(isAcknowledged ? known.map(({ id }) => id) : []) }),
  })
}

describe('whatever detectors say and operators do', () => {
  it('the same judgements, in whatever order within a minute, give the same alerts with the same ids', () => {
    const scopeOf = ({ kind: of, broker, clientId }: Judgement) => JSON.stringify([of, clientId ?? broker, clientId])
    fc.assert(
      fc.property(world, (given) => {
        // A detector judges a scope once a minute.
        const once = given.timeline.map((minute) => [...new Map(minute.map((each) => [scopeOf(each), each])).values()])
        const told = (minutes: readonly Said[]) =>
          live({ ...given, timeline: minutes }).changed.map((each) => JSON.stringify(each))
        expect(told(once.map((minute) => minute.toReversed())).toSorted()).toEqual(told(once).toSorted())
      }),
    )
  })

  it('an alert opens once, then changes, then is resolved once; its transitions are in time order', () => {
    fc.assert(
      fc.property(world, (given) => {
        const lives = new Map<string, Alert[]>()
        for (const { alert } of live(given).changed) lives.set(alert.id, [...(lives.get(alert.id) ?? []), alert])
        for (const states of lives.values()) {
          const statuses = states.map(({ transitions }) => transitions.at(-1)?.status).join(' ')
          expect(statuses).toMatch(/^opened( updated)*( resolved)?$/)
          const last = states.at(-1)
          const times = last?.transitions.map(({ at }) => at) ?? []
          expect(times).toEqual([...new Set(times)].toSorted())
          expect(states.every(({ transitions }, n) => transitions.length === n + 1)).toBe(true)
        }
      }),
    )
  })

  it('of one scope there is at most one open alert, and all that is open was told of or will be', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { changed, memory } = live(given)
        const open = new Map(changed.map(({ alert }) => [alert.id, alert]))
        for (const [id, alert] of open) if (alert.status === 'resolved') open.delete(id)
        const scopes = [...open.values()].map(({ kind: of, broker, clientId }) => [of, clientId ?? broker].join())
        expect(new Set(scopes).size).toBe(scopes.length)
        expect(
          Object.values(memory.open)
            .map(({ alert }) => alert.id)
            .toSorted(),
        ).toEqual([...open.keys()].toSorted())
        for (const { alert, kept } of Object.values(memory.open)) {
          const heardOf = alert.transitions.some(({ quiet }) => quiet === undefined)
          expect(heardOf || kept !== undefined).toBe(true)
        }
      }),
    )
  })

  it('minutes in which everything is unseen change nothing', () => {
    fc.assert(
      fc.property(world, fc.nat(40), (given, at) => {
        const until = given.timeline.slice(0, at)
        const scopes = given.timeline.flat().map(({ finding: _finding, ...scope }) => scope)
        const gap: Said[] = [scopes.map((scope) => ({ ...scope, verdict: 'unseen' }))]
        const before = live({ ...given, timeline: until })
        const after = live({ ...given, timeline: [...until, ...gap, ...gap] })
        expect(after.changed).toEqual(before.changed)
        const lives = ({ memory }: typeof before) =>
          Object.values(memory.open).map((each) => ({ ...each, unjudgedMinutes: 0 }))
        expect(lives(after)).toEqual(lives(before))
      }),
    )
  })

  it('other names of brokers are other names of alerts and nothing else', () => {
    const rename = (name: string) => name.replace(/\bb(\d)\b/g, (_, digit) => `n${9 - Number(digit)}`)
    fc.assert(
      fc.property(world, (given) => {
        const renamed = given.timeline.map((minute) =>
          minute.map((each) => (each.broker === undefined ? each : { ...each, broker: rename(each.broker) })),
        )
        // Where several brokers are named in a row, their order is that of their names.
        const text = (alerts: ReturnType<typeof live>) =>
          alerts.changed.map((each) => JSON.stringify(each).replace(/\((?:[bn]\d(?:, )?)+\)/g, '(…)'))
        expect(text(live({ ...given, timeline: renamed }, rename))).toEqual(text(live(given)).map(rename))
      }),
    )
  })
})
