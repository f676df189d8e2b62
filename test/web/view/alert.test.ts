import { describe, expect, it } from 'vitest'
import type { SteppedMinute } from '../../../api/minutes.ts'
import { type Alert, AlertKindSchema } from '../../../domain/alert.ts'
import type { Silence } from '../../../domain/silence.ts'
import { alertCharts, alertMarks, alertRange } from '../../../web/view/alert-charts.ts'
import { alertFilters } from '../../../web/view/alert-filters.ts'
import { coveringSilences } from '../../../web/view/alert-silences.ts'
import { figureRows, flagsOf, lastedText, storyOf } from '../../../web/view/alert-story.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString()
const ms = (minute: number) => Date.parse(at(minute))
const told = { severity: 'warning', observed: 84, expected: 12.4, score: 9.1, summary: '84 ended' } as const
const alert: Alert = {
  id: 'c.disconnect_rate.b1.x',
  kind: 'disconnect_rate',
  cluster: 'c',
  broker: 'b1',
  status: 'open',
  openedAt: at(30),
  updatedAt: at(40),
  upper: 40,
  windowMinutes: 10,
  cold: true,
  ...told,
  topCauses: [],
  topClients: [],
  transitions: [{ status: 'opened', at: at(30), why: 'began', ...told }],
}
const minute = (of: number, more: Partial<SteppedMinute> = {}): SteppedMinute => ({
  cluster: 'c',
  broker: 'b1',
  minute: at(of),
  stepMinutes: 1,
  coverage: 1,
  connects: 3,
  refused: 7,
  disconnects: { network_eof: 2 },
  abnormal: 2,
  connected: 40,
  gauges: {},
  topClients: [],
  ...more,
})

describe('the figures of an alert', () => {
  it('say what was seen, what was expected, how far that is, and that there is little experience', () => {
    expect(figureRows(alert).map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Seen: 84 abnormal disconnects',
      'Expected: about 12',
      'Alert: from 40 on',
      'How far off: 9.1 standard deviations above',
      'Experience: little yet',
    ])
  })
  it('say of a lack that it is told when the figure is low', () => {
    const starved: Alert = { ...alert, kind: 'imbalance', observed: 0, expected: 100, upper: 70, score: -8.7 }
    expect(figureRows(starved).map(({ value }) => value)).toContain('at 70 or fewer')
    expect(figureRows(starved).map(({ value }) => value)).toContain('8.7 standard deviations below')
  })
  it('have words for every kind', () => {
    for (const kind of AlertKindSchema.options) expect(figureRows({ ...alert, kind }).length).toBeGreaterThan(1)
  })
})

describe('the story of an alert', () => {
  const whole: Alert = {
    ...alert,
    transitions: [
      ...alert.transitions,
      { status: 'updated', at: at(50), why: 'severity_rose', quiet: 'silence', ...told, severity: 'critical' },
      { status: 'resolved', at: at(59), why: 'calm_again', ...told, summary: 'Calm again' },
    ],
    acknowledgement: { at: at(40), by: 'ada', note: 'on it' },
    verification: { at: at(60), by: 'ada', verdict: 'false' },
  }
  it('tells in the order of time what was told and what operators did, and no sentence twice in a row', () => {
    expect(storyOf(whole).map(({ title, why, summary, quiet, note }) => [title, why, summary, quiet, note])).toEqual([
      ['Opened, warning', 'It began.', '84 ended', undefined, undefined],
      ['Acknowledged by ada', undefined, undefined, undefined, 'on it'],
      [
        'Told again, critical',
        'It became critical.',
        undefined,
        'Not told to anybody: a silence covered it.',
        undefined,
      ],
      ['Resolved', 'Calm again.', 'Calm again', undefined, undefined],
      ['ada found it to be a false alarm', undefined, undefined, undefined, undefined],
    ])
  })
  it('is marked in charts where it can be read', () => {
    expect(alertMarks(whole).map(({ href, tone }) => [href, tone])).toEqual([
      ['#transition-0', 'warning'],
      ['#transition-1', 'critical'],
      ['#transition-2', 'calm'],
    ])
    expect(storyOf(whole).map(({ key }) => key)).toContain('transition-2')
  })
  it('lasts until it was resolved, else until now', () => {
    expect(lastedText(alert, ms(35))).toBe('5 min')
    expect(lastedText({ ...alert, resolvedAt: at(32) }, ms(59))).toBe('2 min')
    expect(flagsOf(whole)).toEqual(['acknowledged', 'false alarm'])
  })
})

describe('the time around an alert', () => {
  const usual = { kind: 'last', minutes: 60 } as const
  it('begins before it opened and goes on until now, or until some time after it ended', () => {
    expect(alertRange(alert, usual, ms(45))).toEqual({ fromMs: ms(10), toMs: ms(45), chosen: false })
    expect(alertRange({ ...alert, resolvedAt: at(50) }, usual, ms(500)).toMs).toBe(ms(70))
  })
  it('is what the address says, where the alert opened in it', () => {
    const zoomed = { kind: 'fixed', fromMs: ms(25), toMs: ms(35) } as const
    expect(alertRange(alert, zoomed, ms(500))).toEqual({ fromMs: ms(25), toMs: ms(35), chosen: true })
    expect(alertRange(alert, { ...zoomed, fromMs: ms(32) }, ms(500)).chosen).toBe(false)
  })
})

describe('the charts of an alert', () => {
  const range = { fromMs: ms(30), toMs: ms(32) }
  const chartsOf = (of: Partial<Alert>, own = [minute(31), minute(30, { coverage: 0 })]) =>
    alertCharts({ ...alert, ...of }, { own, whole: [], brokers: [], fairShare: 0.5 }, range)
  it('show the figure that its kind is judged by, and nothing where it was not seen', () => {
    const firstOf = (kind: Alert['kind']) => chartsOf({ kind })[0]?.chart.series[0]?.values
    expect(firstOf('disconnect_rate')).toEqual([null, 2])
    expect(firstOf('refused_rate')).toEqual([null, 7])
    expect(firstOf('reconnect_storm')).toEqual([null, 3])
    expect(firstOf('broker_silent')).toEqual([null, 12])
    expect(firstOf('imbalance')).toEqual([40, 40])
  })
  it('of a client count what it did, and name it harmlessly', () => {
    const loud = { clientId: 'pump\u202e', disconnects: 4, takeovers: 4 }
    const own = [minute(31, { topClients: [loud] }), minute(30)]
    const [chart] = chartsOf({ kind: 'takeover_loop', clientId: loud.clientId }, own)
    expect(chart?.title).toBe('Take-overs per minute of pump\\u{202e}')
    expect(chart?.chart.series.map(({ name, values }) => [name, values])).toEqual([['pump\\u{202e}', [0, 4]]])
  })
})

describe('around alerts', () => {
  const silence: Silence = {
    id: 's',
    cluster: 'c',
    from: at(0),
    to: at(59),
    comment: '',
    createdBy: 'ada',
    createdAt: at(0),
  }
  it('silences that cover one count while they run and before they begin', () => {
    const others = [
      { ...silence, kind: 'imbalance' as const },
      { ...silence, broker: 'b2' },
      { ...silence, to: at(40) },
    ]
    const later = { ...silence, id: 'later', from: at(50) }
    expect(coveringSilences(alert, [silence, later, ...others], ms(45)).map(({ id }) => id)).toEqual(['s', 'later'])
  })
  it('filters that the API would refuse are left out', () => {
    const params = new URLSearchParams('status=maybe&kind=imbalance&cluster=..&broker=b1')
    expect(alertFilters(params)).toEqual({ kind: 'imbalance', broker: 'b1' })
  })
})
