/** Stories of being let in: endpoints, passwords, tokens, permissions. */
import { createRecord } from './record.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofClient, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'mosquitto: a wrong password, tried every second',
    accept: ['bad_credentials'],
    why: 'never let in, refused as not authorised each time',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(30, record.beginMs + hour)
      const one = record.device('bad-1')
      for (let attempt = 0; attempt < 400; attempt += 1) {
        const atMs = record.beginMs + attempt * 1020
        record.refuse(one, atMs, { cause: 'not_authorized', reason: 'disconnected, not authorised.' })
      }
      return record.caseOf(ofClient('bad-1'))
    },
  },
  {
    title: 'RabbitMQ tells failed logins by user name, without a client id',
    accept: ['bad_credentials'],
    why: 'one user is refused all the time; whose client it is the broker does not say',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed, ['rabbit@1'])
      record.fleet(120, record.beginMs + hour)
      for (let attempt = 0; attempt < 240; attempt += 1) {
        const atMs = record.beginMs + attempt * 15_000
        record.tell({
          atMs,
          type: 'refused',
          broker: 'rabbit@1',
          cause: 'not_authorized',
          username: 'line4',
          peer: '10.0.3.3:50111',
        })
      }
      return record.caseOf(ofBroker('rabbit@1'))
    },
  },
  {
    title: 'the client alone tells: CONNACK 5 since it was installed',
    accept: ['bad_credentials'],
    why: 'refused with 5 each time, never let in',
    tell: (seed) => {
      const record = createRecord('aedes', seed)
      const one = record.device('bad-2')
      for (let attempt = 1; attempt < 25; attempt += 1) {
        record.sawFailed(one, record.beginMs + attempt * 60_000, 'connack_refused', { code: 5, phase: 'mqtt', attempt })
      }
      return record.caseOf(ofClient('bad-2'))
    },
  },
  {
    title: 'two refusals while the password file was being reloaded, then all is well',
    accept: ['unknown', 'graceful'],
    why: 'the same client got in seconds later: its credentials are good',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('oven')
      record.close(record.connect(one, record.beginMs), record.beginMs + 9 * hour, 'client_requested')
      for (const laterMs of [1000, 2000]) {
        record.refuse(one, record.beginMs + 9 * hour + laterMs, {
          cause: 'not_authorized',
          reason: 'disconnected, not authorised.',
        })
      }
      record.connect(one, record.beginMs + 9 * hour + 3050)
      return record.caseOf(ofClient('oven'), { toMs: record.beginMs + 12 * hour })
    },
  },
  {
    title: 'a password was changed after nine days: refused ever since',
    accept: ['bad_credentials', 'expired_credentials', 'unknown'],
    why: 'what was good is refused since: changed or expired, one session cannot tell which',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      const one = record.device('fan', { protocol: 5 })
      const endMs = record.beginMs + 9 * day + 3.3 * hour
      record.close(record.connect(one, record.beginMs), endMs, 'kicked')
      for (let attempt = 1; attempt < 300; attempt += 1) {
        record.refuse(one, endMs + attempt * 5000, { cause: 'not_authorized', reasonCode: 0x86 })
      }
      return record.caseOf(ofClient('fan'))
    },
  },
  {
    title: 'AWS IoT: a custom authorizer lets in for an hour',
    accept: ['expired_credentials'],
    why: 'CUSTOMAUTH_TTL_EXPIRATION, an hour after each connect',
    tell: (seed) => {
      const record = createRecord('aws-iot', seed)
      record.fleet(80, record.beginMs + 9 * hour)
      const one = record.device('web-4')
      for (let round = 0, atMs = record.beginMs; round < 8; round += 1) {
        record.close(record.connect(one, atMs), atMs + 3_600_000 + record.between(0, 1500), 'lifetime_expired')
        atMs += 3_602_000 + record.between(0, 2000)
      }
      return record.caseOf(ofClient('web-4'))
    },
  },
  {
    title: 'EMQX: a JWT of half an hour, replayed until somebody reloads the page',
    accept: ['expired_credentials'],
    why: 'each session ends 1800 s after its login, then the old token is refused until a fresh page',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const page = record.device('ops-page', { protocol: 5, transport: 'wss', runtime: 'browser' })
      for (let round = 0, atMs = record.beginMs; round < 6; round += 1) {
        const endMs = atMs + 1_800_000 + record.between(0, 900)
        record.sawConnected(page, atMs)
        record.close(record.connect(page, atMs), endMs, 'not_authorized')
        record.sawEnd(page, atMs, endMs, 'server_disconnect', { code: 0x87 })
        const tries = Math.floor(record.between(20, 60))
        for (let attempt = 1; attempt <= tries; attempt += 1) {
          record.sawFailed(page, endMs + attempt * 1040, 'connack_refused', { code: 0x86, phase: 'mqtt', attempt })
        }
        atMs = endMs + (tries + 5) * 1040
      }
      return record.caseOf(ofClient('ops-page'))
    },
  },
  {
    title: 'AWS IoT: the policy denies a topic, and AUTH_ERROR follows every connect',
    accept: ['authorization_denied'],
    why: 'let in, then thrown out within half a second, always from one address',
    tell: (seed) => {
      const record = createRecord('aws-iot', seed)
      record.fleet(150, record.beginMs + 2 * hour)
      const one = record.device('thing-31')
      for (let round = 0, atMs = record.beginMs; round < 120; round += 1) {
        record.close(record.connect(one, atMs), atMs + record.between(120, 420), 'not_authorized')
        atMs += Math.min(2 ** round, 32) * second + record.between(300, 900)
      }
      return record.caseOf(ofClient('thing-31'))
    },
  },
  {
    title: 'a broker hangs up without a word right after one publish; the client names the topic',
    accept: ['authorization_denied'],
    why: 'every session ends 200 ms after the same PUBLISH, from one address, and the broker only closed',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed)
      const one = record.device('press-2')
      for (let round = 0, atMs = record.beginMs; round < 60; round += 1) {
        const link = record.connect(one, atMs)
        record.sawConnected(one, atMs)
        const endMs = atMs + record.between(180, 320)
        record.close(link, endMs, 'network_eof')
        record.sawEnd(one, atMs, endMs + 3, 'tcp_fin', {
          lastSent: 'publish',
          lastTopic: 'plant/admin',
          publishesSent: 1,
          sinceSentMs: 60,
        })
        atMs = endMs + 1010
      }
      return record.caseOf(ofClient('press-2'))
    },
  },
  {
    title: 'a battery sensor wakes every minute, publishes, and switches its radio off without goodbye',
    accept: ['unknown', 'graceful'],
    why: 'short sessions a minute apart, closed by the peer: it got what it wanted; nothing hints at a denial',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(40, record.beginMs + 5 * hour)
      const sensor = record.device('soil-3', { keepalive: 15 })
      for (let round = 0; round < 240; round += 1) {
        const atMs = record.beginMs + round * minute + record.between(0, 800)
        record.close(record.connect(sensor, atMs), atMs + record.between(600, 1400), 'network_eof')
      }
      return record.caseOf(ofClient('soil-3'))
    },
  },
]
