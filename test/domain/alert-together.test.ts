import { describe, expect, it } from 'vitest'
import type { AlertKind, Finding, Judgement } from '../../domain/alert.ts'
import { adopted, alertsOf, calm, firing, play, type Said, times, unseen } from './alert-timeline.ts'

const brokers = ['b1', 'b2', 'b3', 'b4']
/** What is said of b1, b2, …: `f` firing, `c` calm, `-` unseen, `a` adopted. */
function said(letters: string, kind: AlertKind = 'disconnect_rate', changes: Partial<Finding> = {}): Judgement[] {
  return letters.split('').map((letter, index) => {
    const where = { kind, broker: `b${index + 1}` }
    if (letter === 'f') return firing(changes, where)
    return letter === 'c' ? calm(where) : letter === 'a' ? adopted(where) : unseen(where)
  })
}
const playAll = (...timeline: readonly string[]) =>
  play(
    timeline.map((letters) => said(letters)),
    { brokers },
  ).map((line) => line.replace('disconnect_rate ', ''))

describe('half of the brokers at once', () => {
  it('are one alert of the cluster, which ends when they are calm', () => {
    expect(playAll('cccc', 'fffc', 'fffc', 'cccc', 'cccc', 'cccc')).toEqual(['1 * began', '5 * calm_again'])
  })
  it('fire within three minutes; a broker’s alert then ends quietly', () => {
    expect(playAll('fccc', 'cfcc', 'ccfc')).toEqual([
      '0 b1 began',
      '1 b2 began',
      '2 * began',
      '2 b1 widespread (part_of)',
      '2 b2 widespread (part_of)',
    ])
    expect(playAll('fccc', 'cccc', 'cfcc', 'ccfc')).toEqual([
      '0 b1 began',
      '2 b2 began',
      '3 b1 calm_again',
      '3 b3 began',
    ])
  })
  it('two brokers, or a third of many, are an alert each', () => {
    expect(playAll('ffcc')).toEqual(['0 b1 began', '0 b2 began'])
    const twelve = Array.from({ length: 12 }, (_, n) => `b${n + 1}`)
    expect(play([said('ffffcccccccc')], { brokers: twelve })).toHaveLength(4)
    expect(play([said('ffffffcccccc')], { brokers: twelve })).toEqual(['0 disconnect_rate * began'])
  })
  it('are one incident until it ends; what still fires then is told by itself', () => {
    expect(playAll('ffff', 'fcff', 'fccc', 'fccc', 'fccc', 'fccc', 'fccc', 'fccc')).toEqual([
      '0 * began',
      // Two of four are a good part, within three minutes.
      '6 * calm_again',
      '7 b1 began',
    ])
  })
  it('that are not seen any more are not calm', () => {
    expect(playAll('fffc', '---c', '---c', '---c', '---c', '---c')).toEqual(['0 * began'])
  })
  it('that take it for normal end it as the new normal', () => {
    expect(playAll('fffc', 'fffc', 'aaac')).toEqual(['0 * began', '2 * new_normal'])
  })
  it('whose work is announced do not count', () => {
    const cluster = { maintenance: [{ from: '2026-11-22T10:00:00Z', to: '2026-11-22T11:00:00Z', brokers: ['b1'] }] }
    expect(play([said('fffc')], { brokers, cluster })).toHaveLength(2)
    const six = [...brokers, 'b5', 'b6']
    expect(play([said('-fffcc')], { brokers: six, cluster })).toEqual(['0 disconnect_rate * began'])
  })
  it('a cluster that fires as a whole goes on in the same alert', () => {
    const whole = firing({}, {})
    expect(play([[whole], [...said('fffc'), whole], ...times(9, whole, ...said('cccc'))], { brokers })).toEqual([
      '0 disconnect_rate * began',
      '1 disconnect_rate * doubled',
    ])
  })

  it('are summed up, with their causes and clients', () => {
    const of = (observed: number, clientId: string): Partial<Finding> => ({
      observed,
      expected: 1.1,
      upper: 9,
      windowMinutes: 1,
      score: observed,
      topCauses: [{ cause: 'network_eof', count: observed }],
      topClients: [
        { clientId, disconnects: 2 },
        { clientId: 'everywhere', disconnects: 1 },
      ],
      topPeers: [{ peer: '10.0.0.1', disconnects: 3 }],
    })
    const minute = [1, 2, 3].map((n) => firing(of(10 * n, `c${n}`), { broker: `b${n}` }))
    const [one] = alertsOf([minute], { brokers }).changed
    expect(one?.alert).toMatchObject({
      observed: 60,
      expected: 3.3,
      upper: 27,
      windowMinutes: 1,
      score: 30,
      affected: 3,
      severity: 'warning',
      topCauses: [{ cause: 'network_eof', count: 60 }],
      topClients: [
        { clientId: 'everywhere', disconnects: 3 },
        { clientId: 'c1', disconnects: 2 },
        { clientId: 'c2', disconnects: 2 },
        { clientId: 'c3', disconnects: 2 },
      ],
      topPeers: [{ peer: '10.0.0.1', disconnects: 9 }],
      summary:
        'Clients dropped on 3 of 4 brokers at once (b1, b2, b3): 60 connections ended abnormally within 1 min, about 3.3 were to be expected. Causes as the brokers tell: 60 × network_eof.',
    })
    expect(one?.alert.broker).toBeUndefined()
  })
  it('near a ceiling are told by the one that is worst, for percents have no sum', () => {
    const minute = [91, 97, 93].map((observed, n) =>
      firing(
        { observed, expected: 90, score: observed, summary: `CPU at ${observed} %` },
        { kind: 'resources', broker: `b${n}` },
      ),
    )
    const [one] = alertsOf([minute], { brokers }).changed
    expect(one?.alert).toMatchObject({ observed: 97, expected: 90, affected: 3 })
    expect(one?.alert.summary).toContain('The worst: CPU at 97 %')
  })
  it('a broker’s alert that joins names the cluster’s alert', () => {
    const { changed } = alertsOf([said('fccc'), said('ffff')], { brokers })
    const whole = changed.find(({ alert }) => alert.broker === undefined)?.alert
    expect(changed.at(-1)?.alert.transitions.at(-1)?.summary).toContain(whole?.id)
  })
  it('more and more of them are told when they have doubled', () => {
    const twelve = Array.from({ length: 12 }, (_, n) => `b${n + 1}`)
    const changes = { observed: 1, expected: 1 }
    const minutes = ['ffffffcccccc', 'fffffffffffc', 'ffffffffffff'].map((all) => said(all, 'disconnect_rate', changes))
    expect(play(minutes, { brokers: twelve })).toEqual(['0 disconnect_rate * began', '2 disconnect_rate * doubled'])
  })
})

describe('what one incident brings with it opens no other alert', () => {
  const silent = (broker?: string) => firing({}, { kind: 'broker_silent', ...(broker === undefined ? {} : { broker }) })
  const other = (kind: AlertKind, broker = 'b1') => firing({}, { kind, broker })
  const begun = (...timeline: readonly Said[]) => play(timeline, { brokers })

  it('a silent broker’s clients drop and storm back', () => {
    const brings = (['disconnect_rate', 'reconnect_storm', 'refused_rate'] as const).map((kind) => other(kind))
    expect(begun([silent('b1'), ...brings], brings)).toEqual(['0 broker_silent b1 began'])
    expect(begun([silent('b1')], [other('imbalance', 'b3')])).toHaveLength(2)
    expect(begun([silent('b1')], [other('disconnect_rate', 'b2')])).toHaveLength(2)
  })
  it('while it comes back as well, and not after that', () => {
    const back = calm({ kind: 'broker_silent', broker: 'b1' })
    const storm = other('reconnect_storm')
    expect(begun([silent('b1')], [back, storm], [back, storm], [back, storm], [storm])).toEqual([
      '0 broker_silent b1 began',
      '3 broker_silent b1 calm_again',
      '4 reconnect_storm b1 began',
    ])
  })
  it('a watched client is not offline by itself when its broker is silent or nobody watches', () => {
    const offline = firing({}, { kind: 'client_offline', clientId: 'pump-17', broker: 'b1' })
    expect(begun([silent('b1'), offline])).toHaveLength(1)
    expect(begun([silent('b2'), offline])).toHaveLength(2)
    expect(begun([firing({}, { kind: 'watcher_blind' }), offline])).toEqual(['0 watcher_blind * began'])
  })
  it('where nobody watches nothing can be judged, until somebody does', () => {
    const blind = { kind: 'watcher_blind' } as const
    const told = begun(
      [firing({}, blind), ...said('f'), firing({}, { ...blind, broker: 'b2' })],
      [calm(blind), ...said('f')],
    )
    expect(told).toEqual(['0 watcher_blind * began', '1 disconnect_rate b1 began'])
    const one = begun([firing({}, { ...blind, broker: 'b1' }), ...said('ff')])
    expect(one).toEqual(['0 watcher_blind b1 began', '0 disconnect_rate b2 began'])
  })
  it('what was open before goes on', () => {
    const worse = firing({ severity: 'critical' })
    expect(begun([firing()], [silent('b1'), worse])).toContain('1 disconnect_rate b1 severity_rose')
  })
  it('silence of all brokers is one alert and mutes them all', () => {
    const all = brokers.map((broker) => silent(broker))
    expect(begun(all, said('ffff'))).toEqual(['0 broker_silent * began'])
  })
})

describe('very many clients', () => {
  const offline = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) =>
      firing({ observed: 30 }, { kind: 'client_offline', clientId: `c${from + n}`, broker: 'b1' }),
    )
  it('are one alert that says how many there are, besides those that had one before', () => {
    const { changed, memory } = alertsOf([offline(0, 30), offline(0, 200), offline(0, 200), ...times(4)])
    const whole = changed.filter(({ alert }) => alert.clientId === undefined)
    expect(changed.filter(({ alert }) => alert.status === 'open')).toHaveLength(31)
    expect(whole.map(({ index, alert }) => `${index} ${alert.transitions.at(-1)?.why} ${alert.affected}`)).toEqual([
      '1 began 170',
      '5 calm_again 170',
    ])
    expect(whole[0]?.alert.summary).toContain('170 clients at once are too many for an alert each besides 30')
    expect(memory.open).toEqual({})
  })
  it('up to fifty have one each; while there are more, none opens by itself, however many of the others end', () => {
    const { changed } = alertsOf([offline(0, 50), offline(49, 60), ...times(9, ...offline(50, 61))])
    const opened = changed.filter(({ alert }) => alert.transitions.at(-1)?.why === 'began')
    expect(opened.map(({ index }) => index)).toEqual([...Array.from({ length: 50 }, () => 0), 1])
    expect(opened.at(-1)?.alert.clientId).toBeUndefined()
  })
})
