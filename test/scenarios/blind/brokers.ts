/** Stories of brokers: restarted, overloaded, full, uneven; and what only looks like it. */
import { createRecord, type Link } from './record.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofClient, ofCluster, second } from './story.ts'

const nodes = ['emqx@n1', 'emqx@n2', 'emqx@n3']

export const stories: readonly BlindStory[] = [
  {
    title: 'three nodes, and a load balancer that sends four of five clients to the first',
    accept: ['uneven_load'],
    why: '800, 100 and 100 connections, and new ones keep choosing the first node; nobody drops more than usual',
    tell: (seed) => {
      const record = createRecord('emqx', seed, nodes)
      for (let index = 0; index < 1000; index += 1) {
        const broker = nodes[index % 10 < 8 ? 0 : index % 10 === 8 ? 1 : 2] ?? 'emqx@n1'
        const one = record.device(`car-${index}`, { broker })
        let atMs = record.beginMs - record.between(0, 9) * minute
        let link = record.connect(one, atMs)
        if (index % 5 === 0) {
          atMs = record.beginMs + record.between(0, 110) * minute
          record.close(link, atMs, 'client_requested')
          link = record.connect(one, atMs + 5000)
        }
      }
      for (const [index, node] of nodes.entries())
        record.gauge('connected', record.beginMs - hour, [800, 100, 100][index] ?? 0, node)
      return record.caseOf(ofCluster, { fromMs: record.beginMs, toMs: record.beginMs + 2 * hour })
    },
  },
  {
    title: 'two brokers with four clients and one',
    accept: ['unknown', 'graceful'],
    why: 'five clients cannot be uneven in any way that matters',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed, ['m1', 'm2'])
      for (let index = 0; index < 5; index += 1)
        record.connect(record.device(`d-${index}`, { broker: index < 4 ? 'm1' : 'm2' }), record.beginMs)
      return record.caseOf(ofCluster, { toMs: record.beginMs + 3 * hour })
    },
  },
  {
    title: 'a rolling restart: each node sheds its clients onto the others, the last stays empty',
    accept: ['uneven_after_restart', 'broker_restart', 'uneven_load'],
    why: 'node after node lost all its clients at once; the last restarted got few back',
    tell: (seed) => {
      const record = createRecord('emqx', seed, nodes)
      const on = new Map<string, Link[]>(nodes.map((node) => [node, []]))
      for (let index = 0; index < 600; index += 1) {
        const broker = nodes[index % 3] ?? 'emqx@n1'
        on.get(broker)?.push(
          record.connect(record.device(`bus-${index}`, { broker }), record.beginMs + record.between(0, 60) * second),
        )
      }
      for (const [order, node] of nodes.entries()) {
        const downMs = record.beginMs + hour + order * 15 * minute
        const others = nodes.filter((name) => name !== node)
        for (const [index, link] of (on.get(node) ?? []).entries()) {
          record.close(link, downMs + record.between(0, 900), 'network_eof')
          const broker = others[index % 2] ?? node
          on.get(broker)?.push(record.connect(link.device, downMs + record.between(1, 6) * second, { broker }))
        }
        on.set(node, [])
      }
      return record.caseOf(ofCluster, { toMs: record.beginMs + 4 * hour })
    },
  },
  {
    title: 'the crowded node closes without a reason and answers CONNECT late or never',
    accept: ['overloaded_broker', 'uneven_load', 'slow_authentication'],
    why: 'closes and connack timeouts only on the node with 700 of 900 clients, whose CPU stands at 97 %',
    tell: (seed) => {
      const record = createRecord('emqx', seed, nodes)
      for (let index = 0; index < 900; index += 1) {
        const broker = nodes[index < 700 ? 0 : 1 + (index % 2)] ?? 'emqx@n1'
        const one = record.device(`hub-${index}`, { broker })
        const link = record.connect(one, record.beginMs - record.between(0, 9) * minute)
        if (index >= 700 || index % 3 !== 0) continue
        const endMs = record.beginMs + record.between(2, 55) * minute
        record.close(link, endMs, index % 2 === 0 ? 'network_eof' : 'network_reset')
        record.sawEnd(one, link.beganMs, endMs, 'tcp_fin', { sinceReceivedMs: 3000 })
        record.sawFailed(one, endMs + 31 * second, 'connack_timeout', { phase: 'mqtt', attempt: 1 })
        record.sawConnected(one, endMs + 40 * second, { attempt: 2, connectMs: 8000 })
        record.connect(one, endMs + 40 * second)
      }
      for (let at = 0; at < 60; at += 1) record.gauge('cpu_percent', record.beginMs + at * minute, 97, 'emqx@n1')
      return record.caseOf(ofBroker('emqx@n1'), { fromMs: record.beginMs - 10 * minute, toMs: record.beginMs + hour })
    },
  },
  {
    title: 'mosquitto stands at 1015 connections; whoever else wants in is dropped, and only clients tell',
    accept: ['connection_limit'],
    why: 'the count is flat just below 1024 while attempts of new clients fail',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      for (let index = 0; index < 1015; index += 1)
        record.connect(record.device(`lamp-${index}`), record.beginMs - record.between(0, 9) * minute)
      for (let at = 0; at < 90; at += 1) record.gauge('connected', record.beginMs + at * minute, 1015 - (at % 2))
      for (let index = 0; index < 25; index += 1) {
        const late = record.device(`late-${index}`)
        for (let attempt = 1; attempt < 60; attempt += 1) {
          record.sawFailed(late, record.beginMs + record.between(0, 90) * minute, 'tcp_reset', {
            errorCode: 'ECONNRESET',
            phase: 'mqtt',
            attempt,
          })
        }
      }
      return record.caseOf(ofBroker('mosquitto'), { fromMs: record.beginMs, toMs: record.beginMs + 90 * minute })
    },
  },
  {
    title: 'a plant has a thousand machines, all connected, for days',
    accept: ['unknown', 'graceful'],
    why: 'a flat count is what a healthy plant looks like: nobody fails',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      for (let index = 0; index < 1000; index += 1) record.connect(record.device(`m-${index}`), record.beginMs - 1000)
      record.gauge('connected', record.beginMs, 1000)
      return record.caseOf(ofBroker('mosquitto'), { fromMs: record.beginMs - minute, toMs: record.beginMs + 3 * hour })
    },
  },
  {
    title: 'mosquitto is updated: it says so, is away for 4 s, and 600 clients are back on the beat of a second',
    accept: ['reconnect_storm', 'broker_restart'],
    why: 'the shutdown is told, and the return of all at whole reconnect periods is a storm as well',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const downMs = record.beginMs + 30 * hour
      for (let index = 0; index < 600; index += 1) {
        const one = record.device(`tap-${index}`)
        const link = record.connect(one, record.beginMs + record.between(0, 20) * hour)
        record.close(link, downMs, 'server_shutdown', { origin: 'inferred' })
        record.connect(one, downMs + (4 + (index % 3)) * second + record.between(0, 90))
      }
      return record.caseOf(ofBroker('mosquitto'), { fromMs: downMs - 20 * minute, toMs: downMs + 20 * minute })
    },
  },
  {
    title: 'one of those clients is asked about',
    accept: ['broker_restart'],
    why: 'the broker told its own end, in the moment in which all its clients were lost',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const downMs = record.beginMs + 30 * hour
      for (let index = 0; index < 50; index += 1) {
        const one = record.device(`tap-${index}`)
        record.close(record.connect(one, record.beginMs), downMs, 'server_shutdown', { origin: 'inferred' })
        record.connect(one, downMs + record.between(4, 7) * second)
      }
      return record.caseOf(ofClient('tap-3'))
    },
  },
  {
    title: 'RabbitMQ: 200 connections close within a second and are back within ten, of which it says nothing',
    accept: ['broker_restart', 'reconnect_storm', 'unknown'],
    why: 'everybody at once points to the broker; a cut of its network would look the same',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed, ['rabbit@1'])
      const downMs = record.beginMs + 12 * hour
      for (let index = 0; index < 200; index += 1) {
        const one = record.device(`r-${index}`)
        record.close(record.connect(one, record.beginMs), downMs + record.between(0, 800), 'server_shutdown')
        record.connect(one, downMs + record.between(5, 11) * second)
      }
      return record.caseOf(ofBroker('rabbit@1'), { fromMs: downMs - 15 * minute, toMs: downMs + 15 * minute })
    },
  },
  {
    title: 'the database behind the logins is slow: CONNACKs late or never, on all nodes, CPU idle',
    accept: ['slow_authentication', 'overloaded_broker'],
    why: 'many clients wait in the phase mqtt, and who gets in took ten to twenty seconds',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      record.fleet(150, record.beginMs + hour)
      for (let index = 0; index < 60; index += 1) {
        const one = record.device(`app-${index}`)
        for (let attempt = 1, atMs = record.beginMs + record.between(0, 20) * minute; attempt < 6; attempt += 1) {
          atMs += 31 * second
          record.sawFailed(one, atMs, 'connack_timeout', { phase: 'mqtt', attempt })
          if (attempt < 5) continue
          record.connect(one, atMs + 15 * second)
          record.sawConnected(one, atMs + 15 * second, {
            attempt: 6,
            connectMs: Math.round(record.between(10, 20) * second),
          })
        }
      }
      for (let at = 0; at < 60; at += 1) record.gauge('cpu_percent', record.beginMs + at * minute, 9)
      return record.caseOf(ofBroker('hivemq'), { fromMs: record.beginMs - minute, toMs: record.beginMs + hour })
    },
  },
  {
    title: 'an operator throws out a client of EMQX in the dashboard, twice',
    accept: ['kicked'],
    why: 'the broker says kicked',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(20, record.beginMs + day)
      const one = record.device('rogue')
      for (const laterMs of [3 * hour, 3.1 * hour]) {
        record.close(record.connect(one, record.beginMs + laterMs - 2 * hour), record.beginMs + laterMs, 'kicked')
        record.connect(one, record.beginMs + laterMs + 1500)
      }
      return record.caseOf(ofClient('rogue'))
    },
  },
  {
    title: 'a node of EMQX dies without a word; its 200 clients appear on the others',
    accept: ['broker_restart', 'endpoint_down', 'unknown', 'reconnect_storm', 'uneven_after_restart', 'uneven_load'],
    why: 'no end is told at all: that they all came within seconds points at the node, and nothing proves it',
    tell: (seed) => {
      const record = createRecord('emqx', seed, ['emqx@1', 'emqx@2', 'emqx@3'])
      const diedMs = record.beginMs + 2 * hour
      for (let index = 0; index < 600; index += 1) {
        const broker = record.brokers[index % 3] ?? ''
        const one = record.device(`k-${index}`, { broker })
        record.connect(one, record.beginMs - record.between(0, 9) * minute)
        if (index % 3 === 0)
          record.connect(one, diedMs + record.between(1, 5) * second, { broker: record.brokers[1 + (index % 2)] ?? '' })
      }
      return record.caseOf(ofCluster, { fromMs: diedMs - 10 * minute, toMs: diedMs + 20 * minute })
    },
  },
]
