import { describe, expect, it } from 'vitest'
import type { Finding } from '../../domain/alert.ts'
import type { Silence } from '../../domain/silence.ts'
import { adopted, alertsOf, atEndOf, calm, firing, play, times, unseen } from './alert-timeline.ts'

const causes = (eof: number, unknown: number): Partial<Finding> => ({
  topCauses: [
    { cause: 'unknown', count: unknown },
    { cause: 'network_eof', count: eof },
  ],
})
const whys = (timeline: Parameters<typeof play>[0], options?: Parameters<typeof play>[1]) =>
  play(timeline, options).map((line) => line.replace('disconnect_rate b1 ', ''))

describe('an alert’s life', () => {
  it.each([
    ['nothing is told while nothing fires', times(2, calm()), []],
    ['it opens once and stays', times(3, firing()), ['0 began']],
    ['it resolves after three calm minutes', [...times(1, firing()), ...times(4, calm())], ['0 began', '3 calm_again']],
    [
      'a relapse starts the calm anew',
      [[firing()], ...times(2, calm()), [firing()], ...times(3, calm())],
      ['0 began', '6 calm_again'],
    ],
    ['unseen minutes are no calm', [[firing()], ...times(9, unseen()), [calm()]], ['0 began']],
    ['a rise in severity is told', [[firing()], [firing({ severity: 'critical' })]], ['0 began', '1 severity_rose']],
    [
      'a severity that falls and rises again is no news',
      [[firing({ severity: 'critical' })], [firing()], [firing({ severity: 'critical' })]],
      ['0 began'],
    ],
    [
      'a doubling is told, and only from what was last told',
      [20, 38, 39, 76].map((observed) => [firing({ observed })]),
      ['0 began', '2 doubled'],
    ],
    [
      'twice as many clients or brokers are told',
      [2, 3, 4].map((affected) => [firing({ affected })]),
      ['0 began', '2 doubled'],
    ],
    [
      'a longer window holds more disconnects and is no doubling',
      [[firing({ observed: 40, windowMinutes: 1 })], [firing({ observed: 200, windowMinutes: 5 })]],
      ['0 began'],
    ],
    [
      'a window that fills while the incident goes on as it began is no doubling',
      [41, 81, 121, 161, 201, 201, 380].map((observed) => [firing({ observed, windowMinutes: 5 })]),
      ['0 began'],
    ],
    [
      'a window that fills faster than that is',
      [41, 81, 250, 400].map((observed) => [firing({ observed, windowMinutes: 5 })]),
      ['0 began', '2 doubled'],
    ],
    [
      'time that passes without a watcher is no doubling',
      [1, 2, 4, 8].map((observed) => [firing({ observed }, { kind: 'watcher_blind' })]),
      ['0 watcher_blind * began'],
    ],
    [
      'a cause that becomes clear is told once',
      [[firing(causes(9, 1))], [firing(causes(10, 8))], [firing(causes(12, 8))], [firing(causes(18, 1))]],
      ['0 began', '2 cause_clear'],
    ],
    [
      'a cause that was clear at the opening is no news',
      [[firing(causes(18, 1))], [firing(causes(19, 1))]],
      ['0 began'],
    ],
    ['that nobody knows the cause is never a clear cause', [[firing()], [firing(causes(1, 20))]], ['0 began']],
    ['what has become usual is resolved at once', [[firing()], [adopted()], [adopted()]], ['0 began', '1 new_normal']],
    [
      'after its end the next is another',
      [[firing()], ...times(3, calm()), [firing()]],
      ['0 began', '3 calm_again', '4 began'],
    ],
    ['a broker of which nothing is heard for a day is gone', [[firing()], ...times(1441)], ['0 began', '1440 gone']],
    [
      'a scope that is judged twice in a minute moves once',
      [
        [firing(), calm(), firing()],
        [calm(), calm()],
      ],
      ['0 began'],
    ],
  ])('%s', (_, timeline, expected) => {
    expect(whys(timeline)).toEqual(expected)
  })

  it('a starved broker that gets some clients back has not doubled its trouble', () => {
    expect(whys([2, 4, 8].map((observed) => [firing({ observed, expected: 100 })]))).toEqual(['0 began'])
  })

  it('an open alert is told again every day, unless somebody acknowledged it', () => {
    const timeline = times(3000, firing())
    expect(whys(timeline)).toEqual(['0 began', '1440 repeated', '2880 repeated'])
    const acts = (index: number, [alert]: readonly { id: string }[]) => ({
      acknowledged: new Set(index > 1500 && alert ? [alert.id] : []),
    })
    expect(whys(timeline, { acts })).toEqual(['0 began', '1440 repeated'])
  })

  it('of an acknowledged alert people hear that it got worse and that it ended, not what they find out themselves', () => {
    const acts = (_: number, alerts: readonly { id: string }[]) => ({
      acknowledged: new Set(alerts.map(({ id }) => id)),
    })
    const timeline = [[firing()], [firing(causes(20, 1))], [firing({ observed: 90 })], ...times(3, calm())]
    expect(whys(timeline, { acts })).toEqual(['0 began', '1 cause_clear (acknowledged)', '2 doubled', '5 calm_again'])
  })

  it('a client of which nothing is said any more is calm, where it could be seen', () => {
    const offline = firing({}, { kind: 'client_offline', clientId: 'pump-17', broker: 'b1' })
    const timeline = [[offline], ...times(6)]
    expect(play(timeline)).toEqual(['0 client_offline pump-17 began', '3 client_offline pump-17 calm_again'])
    expect(play(timeline, { coverage: (index) => (index < 3 ? 0 : 1) }).at(-1)).toContain('5 ')
  })

  it('tells how it ended in words, with what it was', () => {
    const { changed } = alertsOf([...times(60, firing()), ...times(3, calm())])
    const last = changed.at(-1)?.alert
    expect(last).toMatchObject({ status: 'resolved', resolvedAt: atEndOf(62), summary: '20 dropped' })
    expect(last?.transitions.at(-1)?.summary).toBe('Calm again for 3 min. It lasted 62 min. It was: 20 dropped')
  })

  it('keeps the first and the last transitions of an alert that never ends, and says how many are missing', () => {
    const doublings = Array.from({ length: 80 }, (_, n) => [firing({ observed: 2 ** n })])
    const { changed } = alertsOf(doublings)
    const last = changed.at(-1)?.alert
    expect(changed).toHaveLength(80)
    expect(last?.transitions).toHaveLength(50)
    expect(last?.omittedTransitions).toBe(30)
    expect(last?.transitions[0]?.why).toBe('began')
    expect(last?.transitions.slice(-1)[0]?.observed).toBe(2 ** 79)
    const counts = changed.map(({ alert }) => alert.transitions.length + (alert.omittedTransitions ?? 0))
    expect(counts).toEqual(counts.map((_, n) => n + 1))
  })
})

describe('a silence', () => {
  const silence = (from: number, to: number, changes: Partial<Silence> = {}): Silence => ({
    id: 's1',
    cluster: 'plant',
    from: atEndOf(from),
    to: atEndOf(to),
    comment: 'a firmware update',
    createdBy: 'me',
    createdAt: atEndOf(0),
    ...changes,
  })
  const silenced = (from: number, to: number, changes?: Partial<Silence>) => ({
    acts: () => ({ silences: [silence(from, to, changes)] }),
  })

  it('what opens under it is told when it is over, if it still fires then', () => {
    expect(whys(times(8, firing()), silenced(0, 5))).toEqual(['0 began (silence)', '5 silence_over'])
    expect(whys([...times(3, firing()), ...times(5, calm())], silenced(0, 4))).toEqual([
      '0 began (silence)',
      '5 calm_again (silence)',
    ])
  })
  it('nothing is told under it, neither that it got worse nor that it ended', () => {
    const worse = [[firing()], [firing({ severity: 'critical' })], ...times(3, calm())]
    expect(whys(worse, silenced(1, 9))).toEqual(['0 began', '1 severity_rose (silence)', '4 calm_again (silence)'])
  })
  it('what got worse under it is told when it is over', () => {
    const worse = [[firing()], ...times(5, firing({ severity: 'critical' }))]
    expect(whys(worse, silenced(1, 3))).toEqual(['0 began', '1 severity_rose (silence)', '3 silence_over'])
  })
  it('an alert is not repeated under it, and what was not told before it is not owed after it', () => {
    expect(whys(times(1700, firing()), silenced(1, 1600))).toEqual(['0 began', '1600 repeated'])
  })
  it('covers what it names only', () => {
    const all = [[firing(), firing({}, { broker: 'b2' }), firing({}, { kind: 'flapping' })]]
    const told = (changes: Partial<Silence>) => play(all, silenced(0, 5, changes)).filter((line) => !line.includes('('))
    expect(told({})).toEqual([])
    expect(told({ broker: 'b1' })).toEqual(['0 disconnect_rate b2 began', '0 flapping * began'])
    expect(told({ kind: 'flapping' })).toHaveLength(2)
    expect(told({ clientId: 'pump-17' })).toHaveLength(3)
    expect(told({ cluster: 'other' })).toHaveLength(3)
  })
})

describe('announced work', () => {
  const minutes = (from: number, to: number, brokers?: string[]) => ({
    cluster: { maintenance: [{ from: atEndOf(from - 1), to: atEndOf(to - 1), ...(brokers ? { brokers } : {}) }] },
  })
  it('opens nothing and ends nothing', () => {
    expect(whys([...times(3, firing()), [calm()]], minutes(0, 3))).toEqual([])
    expect(whys([[firing()], ...times(10, calm())], minutes(1, 5))).toEqual(['0 began', '7 calm_again'])
    expect(whys(times(3, firing()), minutes(0, 3, ['b2']))).toEqual(['0 began'])
  })
  it('that nobody watches is recorded while it lasts, and told when it is over', () => {
    const blind = firing({}, { kind: 'watcher_blind', broker: 'b1' })
    expect(play(times(6, blind), minutes(0, 4, ['b1']))).toEqual([
      '0 watcher_blind b1 began (maintenance)',
      '4 watcher_blind b1 silence_over',
    ])
  })
})
