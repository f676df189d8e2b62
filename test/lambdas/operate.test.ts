import { handle } from 'hono/aws-lambda'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import type { Alert } from '../../domain/alert.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { SilenceSchema } from '../../domain/silence.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { createApp } from '../../lambdas/http/app.ts'
import { type OperatePorts, routes } from '../../lambdas/operate/routes.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { acknowledgedAmong, readAlert, writeAlert } from '../../store/alerts.ts'
import { silencesOf, writeSilence } from '../../store/silences.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
const retention = { nowMs: t0, days: 1 }
const failures: unknown[] = []
const acted: unknown[] = []
let engine: Awaited<ReturnType<typeof startTables>>
let operate: Hono
let query: Hono

beforeAll(async () => {
  engine = await startTables()
  const cluster = { dialect: 'mosquitto', feeds: [{ broker: 'b1', url: 'mqtt://127.0.0.1' }] }
  const checked = checkSettings({ clusters: ['plant', 'other'].map((name) => ({ ...cluster, name })) })
  if (!checked.ok) throw new Error('wrong settings')
  const log = {
    info: (...fields: unknown[]) => acted.push(fields),
    error: (...fields: unknown[]) => failures.push(fields),
  }
  const ports: OperatePorts = { settings: checked.settings, tables: engine.tables, log, nowMs: () => t0 }
  operate = createApp(routes, ports)
  query = createQueryApp({ settings: checked.settings, tables: engine.tables, log, nowMs: () => t0 })
})
afterAll(async () => engine.stop())

function alertOf(name: string): Alert {
  const figures = { severity: 'warning' as const, observed: 40, expected: 1, score: 20, summary: '40 dropped' }
  const at = instant(t0)
  return {
    id: `plant.disconnect_rate.${name}.20261122T100000Z`,
    kind: 'disconnect_rate',
    cluster: 'plant',
    broker: name,
    status: 'open',
    openedAt: at,
    updatedAt: at,
    ...figures,
    topCauses: [],
    topClients: [],
    transitions: [{ status: 'opened', at, why: 'began', ...figures }],
  }
}

function resolved(alert: Alert): Alert {
  const at = instant(t0 + minuteMs)
  const [first] = alert.transitions
  const last = first === undefined ? [] : [{ ...first, status: 'resolved' as const, at, why: 'calm_again' as const }]
  return { ...alert, status: 'resolved', updatedAt: at, resolvedAt: at, transitions: [...alert.transitions, ...last] }
}

async function act(method: string, path: string, body?: unknown): Promise<{ status: number; type: string; body: any }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': 'application/json' }
  const answer = await operate.request(path, { method, ...(body === undefined ? {} : { body: text, headers }) })
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: await answer.json() }
}
const get = async (path: string): Promise<any> => (await query.request(path)).json()

describe('what operators do to an alert', () => {
  it('is shown with it, and outlives every later transition', async () => {
    const alert = alertOf('kept')
    await writeAlert(engine.tables.alerts, alert, retention)
    const acknowledged = await act('POST', `/v1/alerts/${alert.id}/acknowledge`, { note: 'on my way' })
    const acknowledgement = { at: instant(t0), by: 'local', note: 'on my way' }
    expect(acknowledged).toMatchObject({ status: 200, body: { ...alert, acknowledgement } })
    await writeAlert(engine.tables.alerts, resolved(alert), retention)
    const verified = await act('POST', `/v1/alerts/${alert.id}/verify`, { verdict: 'benign' })
    const verification = { at: instant(t0), by: 'local', verdict: 'benign' }
    expect(verified.body).toEqual({ ...resolved(alert), acknowledgement, verification })
    // Told again, an earlier state replaces nothing.
    await writeAlert(engine.tables.alerts, alert, retention)
    expect(await readAlert(engine.tables.alerts, alert.id)).toEqual(verified.body)
    expect(await get(`/v1/alerts/${alert.id}`)).toEqual(verified.body)
    expect((await get('/v1/alerts?broker=kept&status=resolved')).alerts).toEqual([verified.body])
    expect((await get('/v1/alerts?broker=nobody')).alerts).toEqual([])
  })

  it('is known to the analysis for all its open alerts at once', async () => {
    const alerts = Array.from({ length: 130 }, (_, n) => alertOf(`many-${n}`))
    for (const alert of alerts) await writeAlert(engine.tables.alerts, alert, retention)
    const some = alerts.filter((_, n) => n % 60 === 7).map(({ id }) => id)
    for (const id of some) await act('POST', `/v1/alerts/${id}/acknowledge`)
    const known = await acknowledgedAmong(
      engine.tables.alerts,
      alerts.map(({ id }) => id),
    )
    expect([...known].toSorted()).toEqual(some.toSorted())
    expect(await acknowledgedAmong(engine.tables.alerts, [])).toEqual(new Set())
  })

  it('bears the ARN that the authorizer found, made harmless', async () => {
    const alert = alertOf('signed')
    await writeAlert(engine.tables.alerts, alert, retention)
    const path = `/v1/alerts/${alert.id}/verify`
    const event = {
      version: '2.0',
      routeKey: 'POST /v1/{proxy+}',
      rawPath: path,
      rawQueryString: '',
      headers: { host: 'api.example', 'content-type': 'application/json' },
      requestContext: {
        http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '10.0.0.1', userAgent: '' },
        authorizer: { iam: { userArn: 'arn:aws:sts::123456789012:assumed-role/Ops/\u202eann' } },
      },
      body: '{"verdict":"false"}',
      isBase64Encoded: false,
    }
    const answer = await handle(operate)(z.any().parse(event))
    expect(JSON.parse(answer.body).verification.by).toBe('arn:aws:sts::123456789012:assumed-role/Ops/\\u{202e}ann')
    expect(acted.at(-1)).toMatchObject([expect.any(String), { alert: alert.id, what: 'verification' }])
  })
})

describe('a silence', () => {
  it('is made, listed and removed', async () => {
    const asked = { cluster: 'plant', kind: 'imbalance', broker: 'b1', minutes: 30, comment: 'rolling upgrade' }
    const made = await act('POST', '/v1/silences', asked)
    expect(made).toMatchObject({ status: 200, body: { createdBy: 'local', from: instant(t0), broker: 'b1' } })
    expect(made.body.to).toBe(instant(t0 + 30 * minuteMs))
    expect(SilenceSchema.parse(made.body)).toEqual(made.body)
    const span = { from: '2026-11-22T23:00:00+01:00', to: '2026-11-22T23:30:00+01:00' }
    const later = await act('POST', '/v1/silences', { cluster: 'plant', ...span, comment: '' })
    expect(later.body).toMatchObject({ from: '2026-11-22T22:00:00.000Z', to: '2026-11-22T22:30:00.000Z' })
    expect(await get('/v1/silences?cluster=plant')).toEqual({ silences: [later.body, made.body] })
    expect(await get('/v1/silences?cluster=other')).toEqual({ silences: [] })
    expect(await act('DELETE', `/v1/silences/${made.body.id}`)).toMatchObject({ status: 200, body: made.body })
    expect((await act('DELETE', `/v1/silences/${made.body.id}`)).status).toBe(404)
    expect(await silencesOf(engine.tables.state, 'plant')).toEqual([later.body])
  })

  it('is refused when there are too many to be read every minute', async () => {
    const asked = { cluster: 'other', minutes: 1, comment: '' }
    const { body } = await act('POST', '/v1/silences', asked)
    for (let n = 2; n < 200; n += 1) await writeSilence(engine.tables.state, { ...body, id: `other.${n}` })
    expect((await act('POST', '/v1/silences', asked)).status).toBe(200)
    expect(await act('POST', '/v1/silences', asked)).toMatchObject({ status: 409, type: 'application/problem+json' })
  })
})

describe('a wrong act', () => {
  const silence = { cluster: 'plant', comment: '' }
  it.each<[what: string, path: string, body: unknown, parameter: string]>([
    ['no verdict', '/v1/alerts/x/verify', {}, 'verdict'],
    ['a verdict there is not', '/v1/alerts/x/verify', { verdict: 'maybe' }, 'verdict'],
    ['a note that is too long', '/v1/alerts/x/acknowledge', { note: 'x'.repeat(1001) }, 'note'],
    ['a name given by the caller', '/v1/alerts/x/acknowledge', { by: 'somebody else' }, 'by'],
    ['no object', '/v1/alerts/x/acknowledge', [1], 'body'],
    ['an unknown parameter', '/v1/alerts/x/acknowledge?force=1', {}, 'force'],
    ['an id that is none', '/v1/alerts/%E2%82%AC/acknowledge', {}, 'id'],
    ['no cluster', '/v1/silences', { minutes: 1, comment: '' }, 'cluster'],
    ['a cluster there is not', '/v1/silences', { cluster: 'nowhere', minutes: 1, comment: '' }, 'cluster'],
    ['neither end nor length', '/v1/silences', silence, 'to'],
    ['both', '/v1/silences', { ...silence, minutes: 5, to: '2026-11-22T11:00:00Z' }, 'to'],
    ['an end before the begin', '/v1/silences', { ...silence, from: instant(t0 + 1), to: instant(t0) }, 'to'],
    ['what is over', '/v1/silences', { ...silence, from: '2026-11-21T10:00:00Z', minutes: 5 }, 'to'],
    ['what never ends', '/v1/silences', { ...silence, to: '2036-11-22T10:00:00Z' }, 'to'],
    ['a kind there is not', '/v1/silences', { ...silence, minutes: 5, kind: 'boredom' }, 'kind'],
  ])('%s → 400 that names it', async (_, path, body, parameter) => {
    const answer = await act('POST', path, body)
    expect([answer.status, answer.type, answer.body.parameter]).toEqual([400, 'application/problem+json', parameter])
  })

  it('what is not JSON, too large, or for nobody is refused', async () => {
    const path = '/v1/alerts/plant.x/acknowledge'
    expect((await act('POST', path, '{')).status).toBe(400)
    expect((await act('POST', path, JSON.stringify({ note: 'x'.repeat(65_536) }))).status).toBe(413)
    const form = await operate.request(path, { method: 'POST', body: new URLSearchParams({ note: 'x' }) })
    expect(form.status).toBe(415)
    expect((await act('POST', path, {})).status).toBe(404)
    expect((await act('POST', '/v1/alerts/.x/acknowledge', {})).status).toBe(404)
    expect(await act('POST', '/v1/brokers', {})).toMatchObject({ status: 404, type: 'application/problem+json' })
    expect(failures).toEqual([])
    expect((await readAlert(engine.tables.alerts, 'plant.x')) === undefined).toBe(true)
  })
})

it('OpenAPI describes the acts beside the questions, under the same path where they share it', async () => {
  const { paths } = await get('/v1/openapi.json')
  expect(Object.keys(paths['/v1/silences']).toSorted()).toEqual(['get', 'post'])
  expect(paths['/v1/silences/{id}'].delete.parameters).toMatchObject([{ name: 'id', in: 'path', required: true }])
  const body = paths['/v1/alerts/{id}/verify'].post.requestBody.content['application/json'].schema
  expect(body.required).toEqual(['verdict'])
  expect(body.properties.verdict.enum).toEqual(['true', 'benign', 'false'])
  const described = Object.values(paths).flatMap((path) => Object.values(path as object))
  expect(new Set(described.map(({ operationId }) => operationId)).size).toBe(described.length)
})
