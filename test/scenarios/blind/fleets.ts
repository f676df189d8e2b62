/** Stories of fleets and of what knocks at a broker: nearly one of the known causes, from another origin. */
import { createRecord } from './record.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofCluster, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'sessions of a fleet are as old as its last restart; now one rack loses its uplink',
    accept: ['unknown'],
    why: 'that all are twelve hours old follows from the restart before; 60 of 200 at once are no idle limit',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed, ['rabbit@1'])
      const cutMs = record.beginMs + 12 * hour
      for (let index = 0; index < 200; index += 1) {
        const one = record.device(`r-${index}`)
        const link = record.connect(one, record.beginMs + record.between(0, 9) * second)
        if (index >= 60) continue
        record.close(link, cutMs + record.between(0, 1500), 'network_eof')
        record.connect(one, cutMs + record.between(40, 55) * second)
      }
      return record.caseOf(ofBroker('rabbit@1'), { fromMs: cutMs - 20 * minute, toMs: cutMs + 20 * minute })
    },
  },
  {
    title: 'a service is restarted by cron each night and drops its twenty clients without goodbye',
    accept: ['unknown'],
    why: 'a day exactly, because the clock of the wall says so; no idle limit is a day long, and no token was refused',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(100, record.beginMs + 6 * day)
      for (let index = 0; index < 20; index += 1) {
        const one = record.device(`etl-${index}`, { ip: '10.0.1.1' })
        for (let nth = 0; nth < 6; nth += 1) {
          const atMs = record.beginMs + nth * day + record.between(5, 15) * second
          record.close(
            record.connect(one, atMs),
            record.beginMs + (nth + 1) * day + record.between(0, 300),
            'network_reset',
          )
        }
      }
      return record.caseOf(ofBroker('emqx'))
    },
  },
  {
    title: 'the uplink of the broker is cut: a thousand clients time out over a minute and a half',
    accept: ['unknown'],
    why: 'each was given up by its own keepalive: the broker worked all the time, but nobody could reach it',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const cutMs = record.beginMs + 2 * hour
      for (let index = 0; index < 1000; index += 1) {
        const one = record.device(`n-${index}`, { keepalive: 60 })
        const link = record.connect(one, record.beginMs - record.between(0, 9) * minute)
        record.close(link, cutMs + record.between(31, 92) * second, 'keepalive_timeout')
        record.connect(one, cutMs + record.between(180, 200) * second)
      }
      return record.caseOf(ofBroker('emqx'), { fromMs: cutMs - 20 * minute, toMs: cutMs + 20 * minute })
    },
  },
  {
    title: 'a limit of 500 connections, reached; the broker refuses with 0x97',
    accept: ['connection_limit'],
    why: 'as many are connected as are configured, and the others are refused for the quota',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      for (let index = 0; index < 500; index += 1) record.connect(record.device(`in-${index}`), record.beginMs - minute)
      record.gauge('connected', record.beginMs, 500)
      for (let index = 0; index < 300; index += 1) {
        record.refuse(record.device(`out-${index % 20}`, { protocol: 5 }), record.beginMs + index * 5000, {
          cause: 'quota_exceeded',
          reasonCode: 0x97,
        })
      }
      return record.caseOf(ofBroker('hivemq'), {
        fromMs: record.beginMs - minute,
        toMs: record.beginMs + 30 * minute,
        maximumConnections: 500,
      })
    },
  },
  {
    title: 'the watcher was away: a hundred connections were told at once when it came back',
    accept: ['unknown', 'graceful'],
    why: 'no end was told before; a gap of the record is no storm',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed, ['rabbit@1'])
      for (let index = 0; index < 100; index += 1)
        record.connect(record.device(`back-${index}`), record.beginMs + record.between(0, 700))
      return record.caseOf(ofBroker('rabbit@1'), { fromMs: record.beginMs - hour, toMs: record.beginMs + hour })
    },
  },
  {
    title: 'six hundred new devices with lasting sessions are taken into service in a day',
    accept: ['unknown', 'graceful', 'uneven_load'],
    why: 'each id is new because each device is; all stay connected, so no session is left behind',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      for (let index = 0; index < 600; index += 1) {
        const atMs = record.beginMs + index * 48 * second
        record.connect(record.device(`SN${48_000 + index}`, { clean: false }), atMs)
        record.gauge('sessions', atMs, index + 1)
      }
      return record.caseOf(ofBroker('emqx'))
    },
  },
  {
    title: 'mosquitto before 2.0.13: one device with a wrong password each five seconds, without an id',
    accept: ['bad_credentials'],
    why: 'a beat without an id, but the broker says that the login was not authorised',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(30, record.beginMs + hour)
      for (let beat = 0; beat < 700; beat += 1) {
        record.tell({
          atMs: record.beginMs + beat * 5030,
          type: 'refused',
          cause: 'not_authorized',
          reason: 'disconnected, not authorised.',
        })
      }
      return record.caseOf(ofBroker('mosquitto'))
    },
  },
  {
    title: 'thirty machines behind one NAT lose their uplink: each is a process of its own',
    accept: ['unknown'],
    why: 'one address and one moment, but the clients say that they are thirty processes, and keepalives that they saw the path fail',
    tell: (seed) => {
      const record = createRecord('emqx', seed, ['emqx@1', 'emqx@2'])
      const cutMs = record.beginMs + 3 * hour
      record.fleet(200, cutMs + hour)
      for (let index = 0; index < 30; index += 1) {
        const one = record.device(`nat-${index}`, { broker: record.brokers[index % 2] ?? '', ip: '198.51.100.77' })
        const link = record.connect(one, record.beginMs)
        record.sawConnected(one, record.beginMs)
        const lostMs = cutMs + record.between(31, 91) * second
        record.close(link, cutMs + record.between(60, 92) * second, 'keepalive_timeout')
        record.sawEnd(one, record.beginMs, lostMs, 'keepalive_timeout', {
          sinceReceivedMs: 90_000,
          sinceSentMs: 30_000,
        })
        record.connect(one, cutMs + 4 * minute + record.between(0, 30) * second)
      }
      return record.caseOf(ofCluster, { fromMs: cutMs - 10 * minute, toMs: cutMs + 10 * minute })
    },
  },
  {
    title: 'one timeout a day each somewhere in a fleet of a thousand',
    accept: ['unknown', 'client_stall'],
    why: 'fifty different clients, once each, spread over a day',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      for (let index = 0; index < 1000; index += 1) {
        const one = record.device(`u-${index}`)
        const link = record.connect(one, record.beginMs - record.between(0, 9) * minute)
        if (index >= 50) continue
        const endMs = record.beginMs + record.between(0, 24) * hour
        record.close(link, endMs, 'keepalive_timeout')
        record.connect(one, endMs + record.between(2, 90) * second)
      }
      return record.caseOf(ofBroker('emqx'))
    },
  },
  {
    title: 'a load balancer opens a connection every five seconds, from two addresses, and says nothing',
    accept: ['health_checks'],
    why: 'no client id, never a CONNECT, a fixed beat from two addresses',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      record.fleet(70, record.beginMs + hour)
      for (let beat = 0; beat < 700; beat += 1) {
        for (const ip of ['10.0.0.11', '10.0.0.12']) {
          const port = Math.floor(record.between(32_768, 60_999))
          const atMs = record.beginMs + beat * 5000 + (ip === '10.0.0.11' ? 0 : 2100) + record.between(0, 20)
          record.tell({ atMs, type: 'refused', cause: 'network_eof', peer: `${ip}:${port}` })
        }
      }
      return record.caseOf(ofBroker('hivemq'))
    },
  },
  {
    title: 'somebody scans the port from everywhere',
    accept: ['unknown', 'bad_credentials', 'protocol_violation'],
    why: 'no client id either, but from hundreds of addresses at any time: no health check',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      record.fleet(70, record.beginMs + 3 * hour)
      for (let index = 0; index < 260; index += 1) {
        const ip = `${Math.floor(record.between(1, 220))}.${Math.floor(record.between(0, 255))}.7.${index % 250}`
        record.tell({
          atMs: record.beginMs + record.between(0, 180) * minute,
          type: 'refused',
          cause: index % 3 === 0 ? 'protocol_error' : 'network_eof',
          peer: `${ip}:4711`,
        })
      }
      return record.caseOf(ofBroker('hivemq'))
    },
  },
  {
    title: 'a thousand clients of a load test come within ten seconds and leave politely',
    accept: ['graceful', 'unknown'],
    why: 'no mass close came before: these are new clients',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      for (let index = 0; index < 1000; index += 1) {
        const atMs = record.beginMs + record.between(0, 10) * second
        record.close(
          record.connect(record.device(`lt-${index}`, { ip: '10.0.6.6' }), atMs),
          atMs + 5 * minute,
          'client_requested',
        )
      }
      return record.caseOf(ofBroker('mosquitto'))
    },
  },
  {
    title: 'new firmware: a hundred of four hundred devices reboot over ten minutes',
    accept: ['unknown', 'graceful'],
    why: 'each once, at its own time, back after half a minute: work on the devices, not one of the known causes',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(300, record.beginMs + 4 * hour)
      for (let index = 0; index < 100; index += 1) {
        const one = record.device(`ota-${index}`)
        const endMs = record.beginMs + 2 * hour + record.between(0, 10) * minute
        record.close(record.connect(one, record.beginMs), endMs, 'network_eof')
        record.connect(one, endMs + record.between(25, 50) * second)
      }
      return record.caseOf(ofBroker('emqx'), { fromMs: record.beginMs + hour, toMs: record.beginMs + 3 * hour })
    },
  },
]
