/** Clients of the recordings, of which is known what was done to them: what is answered when somebody asks why. */
import { afterAll, describe, expect, it } from 'vitest'
import { eventOf } from '../../codec/identity.ts'
import { type ClientCause, clientCauseNames } from '../../domain/client-cause.ts'
import { causeOfClosed } from '../../domain/closed-cause.ts'
import { diagnose, type Diagnosis } from '../../domain/diagnosis.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { aedes } from '../../domain/dialects/aedes.ts'
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import { rabbitmq } from '../../domain/dialects/rabbitmq.ts'
import type { Event, EventDraft } from '../../domain/event.ts'
import { context, jsonLines, readAll } from '../domain/dialects/recorded.ts'
import { gather } from './blind/gather.ts'

interface TruthLine {
  readonly t: number
  readonly client?: string
  readonly v: number
  readonly keepalive?: number
  readonly did?: string
  readonly saw?: string
  readonly cause?: { readonly kind: string; readonly code?: number }
}

/** What may be answered, by what was done: `unknown` always, for each was lost once only, and mostly without a reason. */
const compatible: Readonly<Record<string, readonly string[]>> = {
  end: ['graceful'],
  fin: ['closed_by_application'],
  rst: ['closed_by_application'],
  // One process was stopped for seven seconds; keepalives of two seconds do not outlast that.
  stop: ['client_stall', 'process_stall', 'keepalive_too_short', 'half_open'],
  hole: ['client_stall', 'keepalive_too_short', 'half_open'],
  dup: ['benign_takeover', 'graceful'],
  badpw: ['bad_credentials'],
  left: ['broker_restart'],
}
/** Ids of RabbitMQ's recording that are hard to print: all said goodbye. */
const otherGroups = 'end'

const tallies: string[] = []
afterAll(() => {
  console.log(tallies.join('\n'))
})

/** What the broker told, with the ends that follow from its own. */
function toldBy(dialect: Dialect): Event[] {
  const open = new Map<string, EventDraft>()
  const drafts: EventDraft[] = []
  for (const reading of readAll(dialect)) {
    if (reading.kind === 'events') {
      for (const event of reading.events) {
        drafts.push(event)
        if (event.clientId === undefined) continue
        if (event.type === 'connected') open.set(event.clientId, event)
        if (event.type === 'disconnected') open.delete(event.clientId)
      }
    }
    if (reading.kind !== 'ended' || reading.starts) continue
    const { broker, atMs, cause, reason } = reading
    const how = { broker, atMs, cause, reason, initiator: 'server', graceful: false, origin: 'inferred' } as const
    for (const { clientId, cluster, atMs: connectedAtMs, own } of open.values()) {
      drafts.push({ ordinal: 0, cluster, clientId, type: 'disconnected', view: 'broker', own, connectedAtMs, ...how })
    }
    open.clear()
  }
  return drafts.map(eventOf)
}

/** What the client itself saw, as its application would have published it. */
function seenBy(truth: readonly TruthLine[]): Event[] {
  const beganMs = new Map<string, number>()
  const keepalives = new Map(
    truth.flatMap(({ client, keepalive }) => (client && keepalive ? [[client, keepalive]] : [])),
  )
  return truth.flatMap(({ t: atMs, client: clientId, v: protocol, saw, cause: seen }, ordinal): Event[] => {
    if (clientId === undefined) return []
    const draft = {
      atMs,
      ordinal,
      cluster: 'plant',
      broker: 'broker-1',
      clientId,
      view: 'client',
      own: false,
      protocol,
      keepaliveSeconds: keepalives.get(clientId) ?? 60,
    } as const
    if (saw === 'connect') {
      beganMs.set(clientId, atMs)
      return [eventOf({ ...draft, type: 'connected', evidence: { process: clientId, transport: 'tcp' } })]
    }
    const clientCause = clientCauseNames.find((name) => name === seen?.kind)
    if (saw !== 'close' || clientCause === undefined) return []
    const connectedAtMs = beganMs.get(clientId)
    return [
      eventOf({ ...draft, ...closedOf(clientCause, seen?.code), ...endOf(atMs, connectedAtMs, clientCause, clientId) }),
    ]
  })
}

const closedOf = (cause: ClientCause, code: number | undefined) =>
  code === undefined ? { cause: causeOfClosed({ cause }) } : { cause: causeOfClosed({ cause, code }), reasonCode: code }

function endOf(atMs: number, connectedAtMs: number | undefined, clientCause: ClientCause, process: string) {
  const evidence = { process, transport: 'tcp', phase: 'mqtt', clientCause } as const
  if (connectedAtMs === undefined) return { type: 'refused', evidence } as const
  return { type: 'disconnected', connectedAtMs, evidence: { ...evidence, sessionMs: atMs - connectedAtMs } } as const
}

const groupOf = (clientId: string) => /^v[45]-(\w+)-\d\d$/.exec(clientId)?.[1] ?? otherGroups

describe.each([mosquitto, aedes, rabbitmq])('$name', (dialect) => {
  const truth = jsonLines<TruthLine>(`${dialect.name}.truth.jsonl`)
  const clients = [...new Set(truth.flatMap(({ client }) => (client === undefined ? [] : [client])))]
  const told = toldBy(dialect)
  const views = { 'the broker': told, 'broker and clients': [...told, ...seenBy(truth)] }

  it.each(Object.entries(views))(
    'what was done to each client, as %s told it, agrees with the answer',
    (name, events) => {
      const fromMs = Math.min(...truth.map(({ t }) => t)) - 60_000
      const toMs = Math.max(...truth.map(({ t }) => t)) + 60_000
      const answers = clients.map((clientId) => {
        const gathered = gather(events, { of: 'client', clientId }, fromMs, toMs)
        const [answer] = diagnose({ cluster: context.cluster, ...gathered, minutes: [], brokers: [], cut: false })
        return { clientId, group: groupOf(clientId), answer }
      })
      tallies.push(`${dialect.name}, told by ${name}: ${tallyOf(answers)}`)
      const wrong = answers.filter(
        ({ group, answer }) => answer.name !== 'unknown' && !compatible[group]?.includes(answer.name),
      )
      expect(clients.length).toBeGreaterThan(50)
      expect([...new Set(wrong.map(({ group, answer }) => `${group} ${answer.name}`))]).toEqual([])
    },
  )
})

function tallyOf(answers: readonly { readonly group: string; readonly answer: Diagnosis }[]): string {
  const counts = Map.groupBy(answers, ({ group, answer }) => `${group} ${answer.name} ${answer.confidence}`)
  return [...counts].map(([text, list]) => `${text} ×${list.length}`).join(', ')
}
