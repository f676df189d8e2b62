/** mosquitto's recording against what was really done to its clients. */
import { describe, expect, it } from 'vitest'
import { mosquitto } from '../../../domain/dialects/mosquitto.ts'
import type { EventDraft } from '../../../domain/event.ts'
import { eventsOf, jsonLines, readAll } from './recorded.ts'

interface TruthLine {
  readonly client: string
  readonly t: number
  readonly did?: string
  readonly saw?: string
}

const truth = jsonLines<TruthLine>('mosquitto.truth.jsonl')
const clients = [...new Set(truth.map((line) => line.client))]
const events = eventsOf(readAll(mosquitto))
const groupOf = (clientId: string | undefined) => clientId?.split('-')[1]
const inGroup = (group: string) => clients.filter((client) => groupOf(client) === group)
const of = (clientId: string) => events.filter((event) => event.clientId === clientId)
const story = (list: readonly EventDraft[]) => list.map((event) => event.cause ?? event.type)

describe('the causes of mosquitto.jsonl agree with its ground truth', () => {
  it.each([
    ['end', 20, ['connected', 'client_requested']],
    ['fin', 10, ['connected', 'network_eof']],
    ['rst', 10, ['connected', 'network_eof']],
    ['stop', 10, ['connected', 'keepalive_timeout']],
    ['hole', 10, ['connected', 'keepalive_timeout']],
    ['dup', 20, ['connected', 'session_taken_over', 'connected', 'client_requested']],
    ['left', 5, ['connected']],
  ])('group %s: %i clients, each %j', (group, count, expected) => {
    const members = inGroup(group)
    expect(members).toHaveLength(count)
    for (const client of members) expect({ client, story: story(of(client)) }).toEqual({ client, story: expected })
  })

  it('a wrong password is a refusal without a client id, one for every attempt', () => {
    expect(inGroup('badpw')).toHaveLength(20)
    expect(inGroup('badpw').flatMap(of)).toEqual([])
    const refused = events.filter((event) => event.type === 'refused')
    expect(refused).toHaveLength(20)
    for (const event of refused) {
      expect(event).toMatchObject({ cause: 'not_authorized', reason: 'disconnected, not authorised.' })
      expect(event).not.toHaveProperty('clientId')
    }
  })

  it('every client that saw itself connect is recorded as often as it did', () => {
    for (const client of clients) {
      const saw = truth.filter((line) => line.client === client && line.saw === 'connect').length
      expect({ client, connected: of(client).filter((event) => event.type === 'connected').length }).toEqual({
        client,
        connected: saw,
      })
    }
  })

  it('holds nothing besides these clients', () => {
    const named = events.flatMap((event) => (event.clientId === undefined ? [] : [event.clientId]))
    expect(named.filter((clientId) => !clients.includes(clientId))).toEqual([])
  })

  it('a connection stands in the second in which its client saw it accepted, or the one before', () => {
    for (const event of events) expect(event.atMs % 1000).toBe(0)
    for (const line of truth.filter(({ saw }) => saw === 'connect')) {
      const told = of(line.client).filter((event) => event.type === 'connected')
      const lags = told.map((event) => line.t - event.atMs).filter((lag) => lag >= 0 && lag < 2000)
      expect({ client: line.client, found: lags.length > 0 }).toEqual({ client: line.client, found: true })
    }
  })

  it('protocol levels are MQTT’s own, though this version prints 2 for 3.1.1', () => {
    for (const event of events.filter(({ type }) => type === 'connected')) {
      expect(event.protocol).toBe(event.clientId?.startsWith('v5') ? 5 : 4)
      expect(event.peer).toMatch(/^127\.0\.0\.1:\d+$/)
    }
  })
})
