import { describe, expect, it } from 'vitest'
import type { Label } from '../../bench/detection/scenario.ts'
import { figuresOf, type Opening, score } from '../../bench/detection/score.ts'
import { minuteMs } from '../../domain/time.ts'

const label = (from: number, to: number, changes: Partial<Label> = {}): Label => ({
  kind: 'disconnect_rate',
  type: 'restart',
  scored: true,
  brokers: ['b1'],
  fromMs: from * minuteMs,
  toMs: to * minuteMs,
  ...changes,
})
/** At the end of which minute, counted from 0, an alert opened; without a broker: of the cluster. */
const opening = (minute: number, broker?: string, changes: Partial<Opening> = {}): Opening => ({
  kind: 'disconnect_rate',
  ...(broker === undefined ? {} : { broker }),
  atMs: (minute + 1) * minuteMs,
  detail: '',
  ...changes,
})
const judged = (labels: readonly Label[], openings: readonly Opening[]) => score('disconnect_rate', labels, openings, 0)

describe('score', () => {
  it('an alert in the first minute of an incident finds it without delay; of the cluster as well', () => {
    expect(judged([label(100, 105)], [opening(100, 'b1')]).incidents[0]?.delayMinutes).toBe(0)
    expect(judged([label(100, 105)], [opening(103)]).incidents[0]?.delayMinutes).toBe(3)
  })
  it('an alert of another broker, or before the incident, is false, and finds nothing', () => {
    const result = judged([label(100, 105)], [opening(99, 'b1'), opening(101, 'b2')])
    expect(result.incidents[0]?.found).toBeUndefined()
    expect(result.falseAlarms).toHaveLength(2)
  })
  it('ten minutes after its end is not too late; later it is no false alarm, but found nothing', () => {
    expect(judged([label(100, 105)], [opening(114, 'b1')]).incidents[0]?.found).toBeDefined()
    const late = judged([label(100, 105)], [opening(115, 'b1')])
    expect(late.incidents[0]).toMatchObject({ repeats: 1 })
    expect(late.incidents[0]?.found).toBeUndefined()
    expect(late.falseAlarms).toEqual([])
  })
  it('what opens again within the hour is a repeat, after that a false alarm', () => {
    const result = judged([label(100, 105)], [opening(100, 'b1'), opening(130), opening(164, 'b1'), opening(165, 'b1')])
    expect(result.incidents[0]?.repeats).toBe(2)
    expect(result.falseAlarms).toHaveLength(1)
  })
  it('another client of the same incident is no repeat, the same one again is', () => {
    const of = (minute: number, clientId: string) => opening(minute, 'b1', { clientId })
    const result = judged([label(100, 130)], [of(101, 'x'), of(101, 'y'), of(140, 'x')])
    expect(result.incidents[0]).toMatchObject({ repeats: 1, delayMinutes: 1 })
  })
  it('what may be told counts neither way, other kinds and the warm-up do not count at all', () => {
    const labels = [label(100, 105, { scored: false })]
    const openings = [opening(101, 'b1'), opening(300, 'b1', { kind: 'imbalance' }), opening(20, 'b2')]
    expect(score('disconnect_rate', labels, openings, 50 * minuteMs)).toEqual({ incidents: [], falseAlarms: [] })
  })
  it('the clock of a creeping imbalance starts when it can be seen', () => {
    const creeping = label(100, 900, { kind: 'imbalance', unevenMs: 400 * minuteMs })
    const found = score('imbalance', [creeping], [opening(430, 'b1', { kind: 'imbalance' })], 0)
    expect(found.incidents[0]?.delayMinutes).toBe(30)
  })
  it('figures: precision over incidents found and false alarms, delays of what was found', () => {
    const labels = [label(100, 105), label(1000, 1005), label(2000, 2005), label(3000, 3005)]
    const openings = [opening(100, 'b1'), opening(1002, 'b1'), opening(2010), opening(5000, 'b1')]
    expect(figuresOf([judged(labels, openings)], 2)).toEqual({
      f1: 0.75,
      precision: 0.75,
      recall: 0.75,
      found: 3,
      incidents: 4,
      falseAlarms: 1,
      falsePerBrokerWeek: 0.5,
      delayMedian: 2,
      delayP90: 10,
      repeatsPerIncident: 0,
    })
  })
})
