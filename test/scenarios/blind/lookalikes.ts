/** Stories of ids and permissions that nearly are one of the known causes: the same pattern from another origin. */
import { createRecord } from './record.ts'
import { type BlindStory, hour, minute, ofClient, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'a radio client alone takes its own session over every ten minutes or so',
    accept: ['benign_takeover', 'keepalive_too_long', 'half_open', 'unknown', 'changing_network'],
    why: 'one address, one process that tells of each reconnect: there is no other holder',
    tell: (seed) => {
      const record = createRecord('mosquitto-2.1', seed)
      const one = record.device('radio', { keepalive: 600 })
      let atMs = record.beginMs
      let link = record.connect(one, atMs)
      record.sawConnected(one, atMs)
      for (let round = 0; round < 20; round += 1) {
        const endMs = atMs + record.between(4, 16) * minute
        record.sawEnd(one, atMs, endMs, 'tcp_reset', {
          errorCode: 'EHOSTUNREACH',
          sinceReceivedMs: 120_000,
          sinceSentMs: 20,
        })
        atMs = endMs + 1020
        record.close(link, atMs, 'session_taken_over')
        link = record.connect(one, atMs + 2)
        record.sawConnected(one, atMs + 2)
      }
      return record.caseOf(ofClient('radio'))
    },
  },
  {
    title: 'two holders of an id with a patient back-off: a take-over a minute',
    accept: ['duplicate_client_id'],
    why: 'two addresses take turns, sixty times',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const holders = [record.device('twin', { ip: '10.0.0.1' }), record.device('twin', { ip: '10.0.0.2' })] as const
      let atMs = record.beginMs
      let link = record.connect(holders[0], atMs)
      for (let round = 1; round <= 60; round += 1) {
        atMs += record.between(50, 70) * second
        record.close(link, atMs, 'session_taken_over')
        link = record.connect(holders[round % 2 === 0 ? 0 : 1], atMs + 2)
      }
      return record.caseOf(ofClient('twin'))
    },
  },
  {
    title: 'MQTT 3.1.1 tells no reasons: FIN after an hour, CONNACK 5 until a new token',
    accept: ['expired_credentials'],
    why: 'five times 3600 s, each followed by refusals of the old token and success with the next',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('agent')
      for (let round = 0, atMs = record.beginMs; round < 5; round += 1) {
        record.sawConnected(one, atMs)
        const endMs = atMs + 3_600_000 + record.between(0, 2000)
        record.sawEnd(one, atMs, endMs, 'tcp_fin', { sinceReceivedMs: 4000, sinceSentMs: 4000 })
        for (let attempt = 1; attempt < 12; attempt += 1)
          record.sawFailed(one, endMs + attempt * 1030, 'connack_refused', { code: 5, phase: 'mqtt', attempt })
        atMs = endMs + 14_000
      }
      return record.caseOf(ofClient('agent'))
    },
  },
  {
    title: 'AWS IoT: a job publishes to a denied topic now and then',
    accept: ['authorization_denied'],
    why: 'FORBIDDEN_ACCESS each time, though the sessions are long',
    tell: (seed) => {
      const record = createRecord('aws-iot', seed)
      const one = record.device('job-5')
      for (let round = 0, atMs = record.beginMs; round < 9; round += 1) {
        record.close(record.connect(one, atMs), atMs + record.between(15, 50) * minute, 'not_authorized', {
          reason: 'FORBIDDEN_ACCESS',
        })
        atMs += hour
      }
      return record.caseOf(ofClient('job-5'))
    },
  },
  {
    title: 'RabbitMQ: a client moves between nodes, whose clocks are three seconds apart',
    accept: ['unknown', 'benign_takeover', 'changing_network'],
    why: 'sessions overlap by the difference of two clocks, and one address goes back and forth',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed, ['rabbit@1', 'rabbit@2'])
      const one = record.device('agv')
      for (let round = 0, atMs = record.beginMs; round < 12; round += 1) {
        const aheadMs = round % 2 === 0 ? 0 : 3000
        const link = record.connect(one, atMs + aheadMs, { broker: record.brokers[round % 2] ?? '' })
        atMs += record.between(10, 100) * minute
        record.close(link, atMs + aheadMs, 'network_eof')
        atMs += record.between(500, 1500)
      }
      return record.caseOf(ofClient('agv'))
    },
  },
  {
    title: 'EMQX: a publisher above its message rate',
    accept: ['flow_control_violation', 'unknown', 'protocol_violation'],
    why: 'message_rate_too_high is about what it sends: no slow consumer',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const one = record.device('spammer', { protocol: 5 })
      for (let round = 0, atMs = record.beginMs; round < 10; round += 1) {
        record.close(record.connect(one, atMs), atMs + record.between(5, 40) * second, 'quota_exceeded', {
          reason: 'message_rate_too_high',
          reasonCode: 0x96,
        })
        atMs += minute
      }
      return record.caseOf(ofClient('spammer'))
    },
  },
  {
    title: 'a gateway closes WebSockets with 1008 one hour after each login',
    accept: ['expired_credentials', 'authorization_denied', 'unknown'],
    why: 'policy violation at the age of 3600 s, always: the login was good for an hour',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      const one = record.device('spa', { transport: 'wss', runtime: 'browser' })
      for (let round = 0, atMs = record.beginMs; round < 6; round += 1) {
        record.sawConnected(one, atMs)
        const endMs = atMs + 3_600_000 + record.between(0, 900)
        record.sawEnd(one, atMs, endMs, 'ws_close', {
          code: 1008,
          statusCode: 1008,
          sinceReceivedMs: 500,
          hidden: false,
        })
        atMs = endMs + 1040
      }
      return record.caseOf(ofClient('spa'))
    },
  },
  {
    title: 'a monitor connects every ten seconds under its own id and drops the socket at once',
    accept: ['unknown', 'graceful', 'health_checks'],
    why: 'it succeeded each time and wanted no more; nothing was denied',
    tell: (seed) => {
      const record = createRecord('mosquitto-2.1', seed)
      record.fleet(80, record.beginMs + hour)
      const one = record.device('uptime-probe', { ip: '10.0.0.250', keepalive: 10 })
      for (let beat = 0; beat < 360; beat += 1) {
        const atMs = record.beginMs + beat * 10_000 + record.between(0, 30)
        record.close(record.connect(one, atMs), atMs + record.between(5, 30), 'network_eof')
      }
      return record.caseOf(ofClient('uptime-probe'))
    },
  },
  {
    title: 'an operator bans a client, which is then refused',
    accept: ['kicked', 'bad_credentials'],
    why: 'kicked, then banned: both say that somebody wanted it away',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      const one = record.device('banned', { protocol: 5 })
      record.close(record.connect(one, record.beginMs), record.beginMs + 2 * hour, 'kicked')
      for (let attempt = 1; attempt < 100; attempt += 1) {
        record.refuse(one, record.beginMs + 2 * hour + attempt * 5000, { cause: 'kicked', reasonCode: 0x8a })
      }
      return record.caseOf(ofClient('banned'))
    },
  },
  {
    title: 'a flaky radio: a client takes its own session over every minute, and tells of each of its connections',
    accept: ['benign_takeover', 'unknown', 'changing_network', 'half_open'],
    why: 'one address, and one process claims both the connection that is thrown out and the one that throws: no second holder',
    tell: (seed) => {
      const record = createRecord('mosquitto-2.1', seed)
      const one = record.device('flaky')
      let atMs = record.beginMs
      let link = record.connect(one, atMs)
      record.sawConnected(one, atMs)
      for (let round = 0; round < 40; round += 1) {
        const endMs = atMs + record.between(30, 80) * second
        record.sawEnd(one, atMs, endMs, 'tcp_reset', {
          errorCode: 'EHOSTUNREACH',
          sinceReceivedMs: 9000,
          sinceSentMs: 20,
        })
        atMs = endMs + 1020
        record.close(link, atMs, 'session_taken_over')
        link = record.connect(one, atMs + 2)
        record.sawConnected(one, atMs + 2)
      }
      return record.caseOf(ofClient('flaky'))
    },
  },
]
