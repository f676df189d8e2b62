import { describe, expect, it } from 'vitest'
import { acknowledgeAlert } from '../../api/acts.ts'
import { brokers } from '../../api/brokers.ts'
import { createApi } from '../../web/api.ts'

interface Sent {
  readonly path: string
  readonly init: RequestInit
}

const broker = { cluster: 'c', broker: 'b1', status: 'watched', weight: 1, gauges: {} }

/** An API that answers from a list, one after the other; a text is no connection. */
function stage(answers: (Response | string)[], token?: string) {
  const sent: Sent[] = []
  const api = createApi({
    fetch: async (path, init) => {
      sent.push({ path, init })
      const answer = answers.shift()
      if (answer === undefined || typeof answer === 'string') throw new TypeError(answer ?? 'nothing left')
      return answer
    },
    token: () => token,
  })
  return { api, sent }
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers })
const header = (sent: Sent | undefined, name: string) => new Headers(sent?.init.headers).get(name)

describe('the page asks', () => {
  it('with the token, and again with the ETag; 304 is the answer before', async () => {
    const { api, sent } = stage(
      [json({ brokers: [broker] }, 200, { etag: '"1"' }), new Response(null, { status: 304 })],
      'secret',
    )
    const first = await api.ask(brokers, {})
    const second = await api.ask(brokers, {})
    expect(first).toEqual({ ok: true, value: { brokers: [broker] } })
    expect(second).toEqual(first)
    expect(header(sent[0], 'authorization')).toBe('Bearer secret')
    expect(header(sent[0], 'if-none-match')).toBeNull()
    expect(header(sent[1], 'if-none-match')).toBe('"1"')
  })
  it('for a list until it has no `next`', async () => {
    const other = { ...broker, broker: 'b2' }
    const { api, sent } = stage([json({ brokers: [broker], next: 'abc' }), json({ brokers: [other] })])
    const all = await api.askAll(brokers, { query: { limit: '1' } })
    expect(all).toEqual({ ok: true, value: { brokers: [broker, other] } })
    expect(sent.map(({ path }) => path)).toEqual(['/v1/brokers?limit=1', '/v1/brokers?limit=1&cursor=abc'])
  })
  it('and does not show half a list when a later page fails', async () => {
    const { api } = stage([json({ brokers: [broker], next: 'abc' }), json({}, 503)])
    expect(await api.askAll(brokers, {})).toMatchObject({ ok: false, trouble: { status: 503, kind: 'later' } })
  })
  it('and drops what a newer API says beside, but not what it says otherwise', async () => {
    const { api } = stage([
      json({ brokers: [{ ...broker, gauges: { connected: 1 }, colour: 'red' }], weather: 'fine' }),
      json({ brokers: [{ ...broker, status: 'asleep' }] }),
      new Response('<html>'),
    ])
    expect(await api.ask(brokers, {})).toEqual({
      ok: true,
      value: { brokers: [{ ...broker, gauges: { connected: 1 } }] },
    })
    expect(await api.ask(brokers, {})).toMatchObject({ ok: false, trouble: { kind: 'wrong' } })
    expect(await api.ask(brokers, {})).toMatchObject({ ok: false, trouble: { kind: 'wrong' } })
  })
  it.each([
    ['no connection', 'ECONNREFUSED', 'later', /still running/],
    ['401', json({}, 401), 'token', /open the link/],
    ['404', problem(404, 'no such cluster'), 'absent', /^No such cluster\.$/],
    ['a hostile detail', problem(400, 'a\u202eb'), 'wrong', /^A\\u\{202e\}b\.$/],
    ['429', json({}, 429), 'later', /waits/],
    ['500 without JSON', new Response('boom', { status: 500 }), 'later', /failed to answer \(500\)/],
  ])('%s is told in a sentence', async (_, answer, kind, sentence) => {
    const { api } = stage([answer])
    const trouble = { kind, sentence: expect.stringMatching(sentence) as string }
    expect(await api.ask(brokers, {})).toMatchObject({ ok: false, trouble })
  })
  it('to act, with a body, and keeps no answer of it', async () => {
    const { api, sent } = stage([json({}, 401)])
    const reply = await api.ask(acknowledgeAlert, { params: { id: 'a/b' }, body: { note: 'mine' } })
    expect(reply).toMatchObject({ ok: false, trouble: { kind: 'token' } })
    expect(sent[0]).toMatchObject({
      path: '/v1/alerts/a%2Fb/acknowledge',
      init: { method: 'POST', body: '{"note":"mine"}' },
    })
  })
})

function problem(status: number, detail: string): Response {
  return json({ type: 'about:blank', title: 'Problem', status, detail }, status)
}
