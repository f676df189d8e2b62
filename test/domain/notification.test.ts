import { describe, expect, it } from 'vitest'
import type { Alert, Transition } from '../../domain/alert.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import { machineSeparator, notificationOf } from '../../domain/notification.ts'
import { atEndOf, finding } from './alert-timeline.ts'

const hostile = 'pump\u001b[31m\u202e\n17'

function alertOf(changes: Partial<Alert> = {}, last: Partial<Transition> = {}): Alert {
  const { topCauses: _, topClients: __, topPeers: ___, ...figures } = finding()
  return {
    id: 'plant.disconnect_rate.b1.20261122T100100Z',
    kind: 'disconnect_rate',
    cluster: 'plant',
    broker: 'b1',
    status: 'open',
    openedAt: atEndOf(0),
    updatedAt: atEndOf(0),
    ...figures,
    topCauses: [{ cause: 'network_eof', count: 20 }],
    topClients: [],
    transitions: [{ status: 'opened', at: atEndOf(0), why: 'began', ...figures, ...last }],
    ...changes,
  }
}
const textOf = (alert: Alert) => notificationOf(alert).body.split(`\n${machineSeparator}\n`)[0] ?? ''

describe('a notification', () => {
  const told = notificationOf(
    alertOf({ broker: `b1\n${'ü'.repeat(200)}`, topClients: [{ clientId: hostile, disconnects: 3 }] }),
  )

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
    for (const { attributes } of [told, notificationOf(alertOf({ broker: '' }))]) {
      expect(Object.values(attributes).every((value) => value.length > 0)).toBe(true)
    }
    expect(notificationOf(alertOf()).attributes).toEqual({
      schemaVersion: '1',
      kind: 'disconnect_rate',
      status: 'opened',
      why: 'began',
      severity: 'warning',
      cluster: 'plant',
      broker: 'b1',
    })
  })

  it('says what was seen, from where, by whom, how sure it is, and what to do', () => {
    const alert = alertOf({
      upper: 9.04,
      windowMinutes: 5,
      cold: true,
      topClients: [{ clientId: 'pump-17', disconnects: 3, attempts: 4, peers: ['10.0.0.7'] }],
      topPeers: [{ peer: '10.0.0.7', disconnects: 12 }],
    })
    expect(textOf(alert)).toMatchInlineSnapshot(`
      "ALERT warning: clients dropping on b1 (plant)

      20 dropped

      Observed 20 within 5 min, expected about 1 (told from 9); 9 standard deviations apart.
      There is little experience yet: the band is wide, and narrows as more is seen.

      How they ended:
        20 × network_eof: the connection closed without a goodbye
      Addresses with the most disconnects:
        10.0.0.7: 12
      Clients with the most disconnects:
        pump-17: 3, 4 attempts, from 10.0.0.7

      Opened 2026-11-22T10:01:00.000Z, this change 2026-11-22T10:01:00.000Z. Alert plant.disconnect_rate.b1.20261122T100100Z
      What to do: docs/alerts.md#disconnect_rate
      Stop the repeats: POST /v1/alerts/plant.disconnect_rate.b1.20261122T100100Z/acknowledge says that you look after it
      Look further: GET /v1/alerts/plant.disconnect_rate.b1.20261122T100100Z
                    GET /v1/clusters/plant/brokers/b1/minutes
      "
    `)
  })

  it('links to the page where it is known where people open it', () => {
    const alert = alertOf({ id: 'plant.imbalance.b@1' })
    const { body, subject } = notificationOf(alert, 'https://keepwatch.plant.example/')
    expect(body).toContain(
      'ALERT warning: clients dropping on b1 (plant)\nhttps://keepwatch.plant.example/alerts/plant.imbalance.b%401\n',
    )
    expect(subject).toBe(notificationOf(alert).subject)
  })

  it('says why it is told again, and who looks after it', () => {
    const acknowledgement = { at: atEndOf(3), by: 'me\u001b', note: 'on my way' }
    const text = textOf(alertOf({ acknowledgement }, { status: 'updated', why: 'doubled' }))
    expect(text).toContain('twice as bad as when it was last told')
    expect(text).toContain('Acknowledged by me\\u{1b} at 2026-11-22T10:04:00.000Z: on my way')
    expect(text).not.toContain('/acknowledge')
  })

  it('of an end is short: nothing is left to do', () => {
    const text = textOf(
      alertOf({ status: 'resolved' }, { status: 'resolved', why: 'calm_again', summary: 'Calm again for 3 min.' }),
    )
    expect(text).toContain('RESOLVED warning: clients dropping on b1 (plant)\n\nCalm again for 3 min.')
    expect(text).not.toContain('What to do')
  })

  const diagnosis: Diagnosis = {
    name: 'idle_timeout',
    title: 'Something on the path cuts idle connections',
    confidence: 0.87,
    basis: 'settled',
    evidence: [`17 of 19 sessions of ${hostile} ended between 349 s and 352 s.`],
    remedy: ['Set keepalive to 230 s or less.'],
    alternatives: [{ name: 'half_open', title: 'Half-open connections', confidence: 0.3 }],
  }

  it('says the likely cause, how sure that is, the evidence, what to do, and nothing that acts', () => {
    const known = alertOf({ diagnosis })
    expect(textOf(known)).toContain(
      [
        'Likely cause: Something on the path cuts idle connections (confidence 87 %)',
        '  - 17 of 19 sessions of pump\\u{1b}[31m\\u{202e}\\u{a}17 ended between 349 s and 352 s.',
        'What to do:',
        '  - Set keepalive to 230 s or less.',
        'Or: Half-open connections (30 %)',
      ].join('\n'),
    )
    expect(textOf(known)).toContain('More on it: docs/diagnosis.md#idle_timeout, docs/alerts.md#disconnect_rate')
    const ended = textOf(alertOf({ diagnosis, status: 'resolved' }, { status: 'resolved', why: 'calm_again' }))
    expect(ended).toContain('Likely cause')
    expect(ended).not.toContain('What to do')
  })

  it('says of an unknown cause what would tell it, and nothing where nothing is known', () => {
    const unknown = { ...diagnosis, name: 'unknown', confidence: 0, evidence: [], remedy: [], alternatives: [] }
    const text = textOf(alertOf({ diagnosis: { ...unknown, missing: ['What the client saw.'] } }))
    expect(text).toContain('The cause is not known. What would tell it:\n  - What the client saw.')
    expect(textOf(alertOf({ diagnosis: unknown }))).toBe(textOf(alertOf()))
  })

  it('names the client of which it tells, and where its history is', () => {
    const alert = alertOf({ kind: 'client_offline', clientId: 'pump/17', observed: 30, expected: 15 })
    expect(notificationOf(alert).subject).toBe(
      '[Keepwatch] ALERT warning: a watched client is offline: pump/17 (plant)',
    )
    expect(textOf(alert)).toContain('GET /v1/clients?cluster=plant&clientId=pump%2F17')
    // Minutes are held against what is allowed, not against chance.
    expect(textOf(alert)).toContain('Observed 30, expected about 15.')
  })
})
