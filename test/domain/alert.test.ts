import { describe, expect, it } from 'vitest'
import { type Finding, type Judgement, moveAlerts, type OpenAlerts } from '../../domain/alert.ts'
import { machineSeparator, notificationOf } from '../../domain/notification.ts'
import { instant, minuteMs } from '../../domain/time.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')

function finding(observed: number, severity: Finding['severity'] = 'warning') {
  return { severity, observed, expected: 1, score: 9, summary: `${observed} dropped`, topCauses: [], topClients: [] }
}
function judgement(verdict: Judgement['verdict'], observed = 20, severity?: Finding['severity']): Judgement {
  const scope = { kind: 'disconnect_rate', broker: 'b1', verdict, clearMinutes: 3 } as const
  return verdict === 'firing' ? { ...scope, finding: finding(observed, severity) } : scope
}

/** Plays a timeline, one judgement a minute, and tells which transition each minute brought. */
function play(timeline: readonly Judgement[]) {
  let open: OpenAlerts = {}
  return timeline.map((each, minute) => {
    const step = moveAlerts({ cluster: 'plant', at: instant(t0 + minute * minuteMs), open, judgements: [each] })
    open = step.open
    const last = step.changed[0]?.transitions.at(-1)
    return last === undefined ? '-' : `${last.status}:${last.why}`
  })
}

const firing = (observed?: number, severity?: Finding['severity']) => judgement('firing', observed, severity)
const calm = judgement('calm')
const unseen = judgement('unseen')

describe('an alert’s life', () => {
  it.each([
    ['nothing is told while nothing fires', [calm, calm], ['-', '-']],
    ['it opens once and stays', [firing(), firing(), firing()], ['opened:began', '-', '-']],
    [
      'it resolves after three calm minutes',
      [firing(), calm, calm, calm],
      ['opened:began', '-', '-', 'resolved:calm_again'],
    ],
    [
      'a relapse starts the calm anew',
      [firing(), calm, calm, firing(), calm, calm, calm],
      ['opened:began', '-', '-', '-', '-', '-', 'resolved:calm_again'],
    ],
    [
      'unseen minutes are no calm',
      [firing(), unseen, unseen, unseen, unseen, calm],
      ['opened:began', '-', '-', '-', '-', '-'],
    ],
    ['a rise in severity is told', [firing(), firing(20, 'critical')], ['opened:began', 'updated:severity_rose']],
    [
      'a doubling is told, and only from what was last told',
      [firing(20), firing(38), firing(39), firing(76)],
      ['opened:began', '-', 'updated:doubled', '-'],
    ],
    [
      'after its end the next is another',
      [firing(), calm, calm, calm, firing()],
      ['opened:began', '-', '-', 'resolved:calm_again', 'opened:began'],
    ],
  ])('%s', (_, timeline, expected) => {
    expect(play(timeline)).toEqual(expected)
  })

  it('a starved broker that gets some clients back has not doubled its trouble', () => {
    const starved = (observed: number) => ({ ...firing(), finding: { ...finding(observed), expected: 100 } })
    expect(play([starved(2), starved(4), starved(8)])).toEqual(['opened:began', '-', '-'])
  })

  it('its id follows from cluster, kind, scope and opening minute, and fits a URL’s path', () => {
    const open = (broker: string) =>
      moveAlerts({ cluster: 'plant', at: instant(t0), open: {}, judgements: [{ ...firing(), broker }] }).changed[0]?.id
    expect(open('b1')).toBe('plant.disconnect_rate.b1.20261122T100000Z')
    expect(open('b1')).toBe(open('b1'))
    expect(encodeURI(open('emqx@10.0.0.1/..') ?? '')).toBe(open('emqx@10.0.0.1/..'))
    expect(open('a.b')).not.toBe(open('a~2eb'))
  })
})

describe('a notification', () => {
  const hostile = 'pump\u001b[31m\u202e\n17'
  const told = notificationOf({
    id: 'plant.disconnect_rate.b1.1',
    kind: 'disconnect_rate',
    cluster: 'plant',
    broker: `b1\n${'ü'.repeat(200)}`,
    status: 'open',
    openedAt: instant(t0),
    updatedAt: instant(t0),
    ...finding(20),
    topCauses: [{ cause: 'network_eof', count: 20 }],
    topClients: [{ clientId: hostile, disconnects: 3 }],
    transitions: [
      {
        status: 'opened',
        at: instant(t0),
        why: 'began',
        severity: 'warning',
        observed: 20,
        expected: 1,
        score: 9,
        summary: '20 dropped',
      },
    ],
  })

  it('has a subject SNS accepts: at most 100 printable ASCII characters', () => {
    expect(told.subject).toMatch(/^[\x20-\x7e]{1,100}$/)
  })

  it('is text for people without anything that acts, then JSON with everything', () => {
    const [text = '', json = ''] = told.body.split(`${machineSeparator}\n`)
    expect(text).not.toContain('\u001b')
    expect(text).not.toContain('\u202e')
    expect(text).toContain('pump\\u{1b}[31m\\u{202e}\\u{a}17: 3')
    expect(text).toContain('20 × network_eof')
    expect(JSON.parse(json).alert.topClients[0].clientId).toBe(hostile)
  })

  it('carries at most ten attributes, none of them empty', () => {
    expect(Object.keys(told.attributes).length).toBeLessThanOrEqual(10)
    expect(Object.values(told.attributes).every((value) => value.length > 0)).toBe(true)
  })
})
