/** Brokers that publish figures and no connections: under which names the figures go, and that the lack is said. */
import { describe, expect, it } from 'vitest'
import { connectionsOf, dialects } from '../../../domain/dialects/index.ts'
import { context, message } from './recorded.ts'

type Row = readonly [topic: string, payload: string, name: string, value: number]

const rows: Readonly<Record<'flashmq' | 'mochi' | 'vernemq', readonly Row[]>> = {
  flashmq: [
    ['$SYS/broker/clients/total', '12', 'connected', 12],
    ['$SYS/broker/sessions/total', '17', 'sessions', 17],
    ['$SYS/broker/subscriptions/count', '30', 'subscriptions', 30],
    ['$SYS/broker/load/messages/received/total', '500', 'messages_received_total', 500],
    ['$SYS/broker/load/messages/sent/total', '900', 'messages_sent_total', 900],
  ],
  mochi: [
    ['$SYS/broker/clients/connected', '8', 'connected', 8],
    ['$SYS/broker/clients/total', '10', 'sessions', 10],
    ['$SYS/broker/subscriptions', '14', 'subscriptions', 14],
    ['$SYS/broker/system/memory', '4194304', 'heap_bytes', 4_194_304],
    ['$SYS/broker/messages/received', '120', 'messages_received_total', 120],
    ['$SYS/broker/messages/sent', '240', 'messages_sent_total', 240],
    ['$SYS/broker/messages/dropped', '1', 'dropped_total', 1],
  ],
  vernemq: [
    ['$SYS/VerneMQ@10.0.0.2/total/active/connections', '43', 'connected', 43],
    ['$SYS/VerneMQ@10.0.0.2/queue/processes', '55', 'sessions', 55],
    ['$SYS/VerneMQ@10.0.0.2/router/subscriptions', '120', 'subscriptions', 120],
    ['$SYS/VerneMQ@10.0.0.2/vm/memory/total', '91234567', 'memory_bytes', 91_234_567],
    ['$SYS/VerneMQ@10.0.0.2/system/utilization', '3', 'cpu_percent', 3],
    ['$SYS/VerneMQ@10.0.0.2/mqtt/publish/received', '1000', 'messages_received_total', 1000],
    ['$SYS/VerneMQ@10.0.0.2/mqtt/publish/sent', '2000', 'messages_sent_total', 2000],
    ['$SYS/VerneMQ@10.0.0.2/queue/message/drop', '1', 'dropped_total', 1],
  ],
}
const names = ['flashmq', 'mochi', 'vernemq'] as const

describe.each(names)('%s', (name) => {
  const dialect = dialects[name]
  const broker = name === 'vernemq' ? 'VerneMQ@10.0.0.2' : 'broker-1'

  it.each(rows[name])('%s is a figure, retained or not', (topic, payload, figure, value) => {
    for (const retain of [true, false]) {
      expect(dialect.read(message(topic, payload, { retain }), context)).toMatchObject({
        kind: 'samples',
        samples: [{ name: figure, value, broker, cluster: 'plant', at: '2026-11-22T19:08:00.000Z' }],
      })
    }
  })

  it('has these figures and no others', () => {
    expect(dialect.subscriptions.map(({ filter }) => filter)).toEqual(
      rows[name].map(([topic]) => topic.replace('VerneMQ@10.0.0.2', '+')),
    )
  })

  it('takes no text for a figure', () => {
    const [topic] = rows[name][0] ?? ['']
    for (const payload of ['', '-1', '1e3', 'twelve', '12 clients', '9'.repeat(20)]) {
      expect(dialect.read(message(topic, payload), context)).toMatchObject({ reason: 'malformed' })
    }
  })
})

it.each(['$SYS//total/active/connections', `$SYS/${'n'.repeat(257)}/total/active/connections`])(
  'a node of VerneMQ has a name: %s',
  (topic) => {
    expect(dialects.vernemq.read(message(topic, '1'), context)).toMatchObject({ reason: 'malformed' })
  },
)

describe('connections', () => {
  it.each([...names, 'hivemq'] as const)('of %s are told where it calls out, and only there', (name) => {
    expect(connectionsOf({}, dialects[name])).toBe('unknown')
    expect(connectionsOf({ webhook: { secret: 'keys' } }, dialects[name])).toBe('pushed')
    const hook = { type: 'connected', clientId: 'pump-17', at: 1_795_374_480_000, broker: 'node-1' }
    const read = dialects[name].readHook?.({ body: hook, receivedAtMs: 1_795_374_480_000 }, context)
    expect(read).toMatchObject({ events: [{ type: 'connected', clientId: 'pump-17', broker: 'node-1' }] })
  })

  it('of VerneMQ are told by its own webhooks too', () => {
    const request = { hook: 'on_client_gone', body: { mountpoint: '', client_id: 'pump-17' }, receivedAtMs: 0 }
    expect(dialects.vernemq.readHook?.(request, context)).toMatchObject({
      events: [{ type: 'disconnected', clientId: 'pump-17' }],
    })
  })

  it('of all others are told by themselves', () => {
    const silent = Object.values(dialects).filter((dialect) => connectionsOf({}, dialect) !== 'told')
    expect(silent.map(({ name }) => name).toSorted()).toEqual([...names, 'hivemq'].toSorted())
  })
})
