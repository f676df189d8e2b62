/** Stories that nearly are one of the known causes: the same pattern from another origin. */
import { createRecord } from './record.ts'
import { type BlindStory, day, hour, minute, ofClient, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'an idle limit behind a pair of proxies, so that the address of a client alternates',
    accept: ['idle_timeout'],
    why: 'each session lasts 60 s; the two addresses are those of the proxies, one after the other, never at once',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      for (let index = 0; index < 6; index += 1) {
        for (let round = 0, atMs = record.beginMs + record.between(0, 50_000); round < 30; round += 1) {
          const one = record.device(`tank-${index}`, {
            ip: record.random() < 0.5 ? '10.0.0.21' : '10.0.0.22',
            keepalive: 90,
          })
          record.close(record.connect(one, atMs), atMs + 60_000 + record.between(0, 400), 'network_eof')
          atMs += 61_000 + record.between(30, 500)
        }
      }
      return record.caseOf(ofClient('tank-2'))
    },
  },
  {
    title: 'three CONNACKs that came too late, in a quiet week',
    accept: ['unknown', 'slow_authentication', 'overloaded_broker'],
    why: 'three attempts of one client and then it is connected: too little',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const one = record.device('late')
      record.sawConnected(one, record.beginMs)
      record.sawEnd(one, record.beginMs, record.beginMs + 5 * day, 'tcp_fin', { sinceReceivedMs: 900 })
      for (let attempt = 1; attempt < 4; attempt += 1)
        record.sawFailed(one, record.beginMs + 5 * day + attempt * 31_000, 'connack_timeout', {
          phase: 'mqtt',
          attempt,
        })
      record.sawConnected(one, record.beginMs + 5 * day + 125_000, { attempt: 4 })
      return record.caseOf(ofClient('late'))
    },
  },
  {
    title: 'keepalive 5, but the router of the whole site is away each night at two',
    accept: ['unknown', 'client_stall'],
    why: 'neighbours with keepalive 60 are lost in the same minute: it is the path, not the keepalive',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(60, record.beginMs + 7 * day)
      for (let index = 0; index < 20; index += 1) {
        const one = record.device(`room-${index}`, { keepalive: index === 0 ? 5 : 60, ip: '203.0.113.50' })
        let link = record.connect(one, record.beginMs)
        for (let nth = 1; nth < 7; nth += 1) {
          const cutMs = record.beginMs + nth * day
          record.close(
            link,
            cutMs + (index === 0 ? 7500 : record.between(0, 3) * second),
            index === 0 ? 'keepalive_timeout' : 'network_reset',
          )
          link = record.connect(one, cutMs + 3 * minute + record.between(0, 9) * second)
        }
      }
      return record.caseOf(ofClient('room-0'))
    },
  },
  {
    title: 'a Node.js service over wss with mqtt.js 4.3.7 and keepalive 30 falls silent at times',
    accept: ['client_stall', 'unknown'],
    why: 'it is no browser: nothing slows its timers',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const one = record.device('svc', { transport: 'wss', library: '4.3.7', keepalive: 30 })
      for (let round = 0, atMs = record.beginMs; round < 8; round += 1) {
        const link = record.connect(one, atMs)
        record.sawConnected(one, atMs)
        const endMs = atMs + record.between(10, 90) * minute
        record.close(link, endMs, 'keepalive_timeout')
        record.sawEnd(one, atMs, endMs + 300, 'ws_close', { code: 1006, sinceReceivedMs: 46_000, sinceSentMs: 46_000 })
        atMs = endMs + 1300
      }
      return record.caseOf(ofClient('svc'))
    },
  },
  {
    title: 'mqtt.js 5.3.4 tries every 30 s because its reconnect period is 30 s',
    accept: ['endpoint_down', 'unknown', 'wrong_endpoint'],
    why: 'attempts come as configured; that the keepalive is 30 s as well proves nothing',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('calm', { library: '5.3.4', keepalive: 30, reconnectMs: 30_000 })
      record.sawConnected(one, record.beginMs)
      record.sawEnd(one, record.beginMs, record.beginMs + hour, 'tcp_reset', {
        errorCode: 'ECONNRESET',
        sinceReceivedMs: 9000,
      })
      for (let attempt = 1; attempt < 50; attempt += 1) {
        record.sawFailed(one, record.beginMs + hour + attempt * 30_020, 'refused', {
          errorCode: 'ECONNREFUSED',
          phase: 'tcp',
          attempt,
        })
      }
      return record.caseOf(ofClient('calm'))
    },
  },
  {
    title: 'mqtt.js 5.5.2 that publishes all the time is given up now and then',
    accept: ['client_stall', 'unknown'],
    why: 'it publishes, and the ages are random: not the defect of clients that only receive',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('busy', { library: '5.5.2' })
      for (let round = 0, atMs = record.beginMs; round < 9; round += 1) {
        const link = record.connect(one, atMs)
        record.sawConnected(one, atMs)
        const endMs = atMs + record.between(10, 200) * minute
        record.close(link, endMs, 'keepalive_timeout')
        record.sawEnd(one, atMs, endMs + 9000, 'keepalive_timeout', {
          sinceReceivedMs: 90_000,
          publishesSent: 4000,
          publishesReceived: 7,
        })
        atMs = endMs + 11_000
      }
      return record.caseOf(ofClient('busy'))
    },
  },
  {
    title: 'a cut at 60 s of silence, while the clock of the client is an hour ahead',
    accept: ['idle_timeout'],
    why: 'ages and silences need no common clock',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const one = record.device('no-ntp', { keepalive: 120, clockMs: hour })
      for (let round = 0, atMs = record.beginMs; round < 25; round += 1) {
        const link = record.connect(one, atMs)
        record.sawConnected(one, atMs)
        const endMs = atMs + 60_000 + record.between(5, 200)
        record.close(link, endMs, 'network_eof')
        record.sawEnd(one, atMs, endMs, 'tcp_fin', { sinceReceivedMs: 60_020, sinceSentMs: 60_040 })
        atMs = endMs + 1020
      }
      return record.caseOf(ofClient('no-ntp'))
    },
  },
]
