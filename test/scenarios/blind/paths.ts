/** Stories of paths: idle limits, NAT, mobile networks, sites without power. */
import { createRecord } from './record.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofClient, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'mosquitto behind nginx with 60 s: idle clients fall every minute, busy ones stay',
    accept: ['idle_timeout'],
    why: 'a dozen clients whose sessions all last 60 to 62 s, closed without goodbye, keepalive just as long',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const proxy = { ip: '10.0.0.80' }
      record.fleet(80, record.beginMs + hour, proxy)
      for (let index = 0; index < 12; index += 1) {
        const idle = record.device(`meter-${index}`, proxy)
        for (let atMs = record.beginMs + record.between(0, minute); atMs < record.beginMs + hour; ) {
          const link = record.connect(idle, atMs)
          atMs += 60_000 + record.between(20, 900)
          record.close(link, atMs, 'network_eof')
          atMs += 1000 + record.between(5, 60)
        }
      }
      return record.caseOf(ofBroker('mosquitto'))
    },
  },
  {
    title: 'HAProxy cuts after 50 s of silence; the client, busy in bursts, says how long it was silent',
    accept: ['idle_timeout'],
    why: 'sessions differ in length, but each ended 50 s after the last packet either way',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed)
      const kiosk = record.device('kiosk', { keepalive: 60, clockMs: -95 * second })
      for (let round = 0, atMs = record.beginMs; round < 16; round += 1) {
        const link = record.connect(kiosk, atMs)
        record.sawConnected(kiosk, atMs)
        const endMs = atMs + record.between(20, 2000) * second + 50_000
        record.close(link, endMs, 'network_eof')
        const silence = Math.round(50_000 + record.between(5, 400))
        record.sawEnd(kiosk, atMs, endMs, 'tcp_fin', {
          sinceReceivedMs: silence,
          sinceSentMs: silence,
          publishesSent: 20,
        })
        atMs = endMs + 1030
      }
      return record.caseOf(ofClient('kiosk'))
    },
  },
  {
    title: 'a keepalive of 600 s through a load balancer that forgets flows after 350 s',
    accept: ['idle_timeout', 'keepalive_too_long', 'half_open'],
    why: 'the first ping after 600 s is answered by a reset; the broker finds out at 900 s: keepalive beyond the idle limit',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(40, record.beginMs + 8 * hour)
      const meter = record.device('valve', { keepalive: 600 })
      for (let round = 0, atMs = record.beginMs; round < 12; round += 1) {
        const link = record.connect(meter, atMs)
        record.sawConnected(meter, atMs)
        const endMs = atMs + 600_000 + record.between(10, 500)
        record.sawEnd(meter, atMs, endMs, 'tcp_reset', {
          errorCode: 'ECONNRESET',
          sinceReceivedMs: 600_010,
          sinceSentMs: 40,
        })
        record.close(link, endMs + 1000, 'session_taken_over')
        atMs = endMs + 1002
      }
      return record.caseOf(ofClient('valve'))
    },
  },
  {
    title: 'AWS IoT: CONNECTION_LOST four minutes after each connect, to the second',
    accept: ['idle_timeout', 'unknown'],
    why: 'a constant age of 240 s is a timer on the path; AWS tells no keepalive, so one may also refuse to say',
    tell: (seed) => {
      const record = createRecord('aws-iot', seed)
      record.fleet(100, record.beginMs + 3 * hour)
      const lock = record.device('lock-22')
      for (let round = 0, atMs = record.beginMs; round < 30; round += 1) {
        const link = record.connect(lock, atMs)
        record.close(link, atMs + 240_000 + record.between(50, 900), 'network_eof')
        atMs += 240_000 + record.between(2, 6) * second
      }
      return record.caseOf(ofClient('lock-22'))
    },
  },
  {
    title: 'sessions last 900 s although the client sends all the time',
    accept: ['unknown', 'expired_credentials'],
    why: 'a packet was sent and received a second before each end: no idle limit; something caps the age of connections',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const busy = record.device('gateway')
      for (let round = 0, atMs = record.beginMs; round < 12; round += 1) {
        const link = record.connect(busy, atMs)
        record.sawConnected(busy, atMs)
        const endMs = atMs + 900_000 + record.between(0, 800)
        record.close(link, endMs, 'network_eof')
        record.sawEnd(busy, atMs, endMs, 'tcp_fin', { sinceReceivedMs: 700, sinceSentMs: 690, publishesSent: 850 })
        atMs = endMs + 1020
      }
      return record.caseOf(ofClient('gateway'))
    },
  },
  {
    title: 'a device that reboots at three every night',
    accept: ['unknown', 'graceful'],
    why: 'the hour of the day is constant; that the age is 86,400 s follows, and no credential is refused',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const night = record.device('sign-4')
      for (let nth = 0, atMs = record.beginMs; nth < 12; nth += 1) {
        const link = record.connect(night, atMs)
        record.close(link, record.beginMs + (nth + 1) * day, 'network_eof')
        atMs = record.beginMs + (nth + 1) * day + 42 * second + record.between(0, 2000)
      }
      return record.caseOf(ofClient('sign-4'))
    },
  },
  {
    title: 'keepalive 0 on a satellite modem: dead sessions stand until the client is back',
    accept: ['keepalive_too_long', 'benign_takeover', 'half_open', 'changing_network'],
    why: 'the broker never finds a dead peer itself, for keepalive is 0: it learns by the next connection',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(10, record.beginMs + 3 * day)
      const modem = record.device('buoy', { keepalive: 0 })
      let link = record.connect(modem, record.beginMs)
      for (let round = 0, atMs = record.beginMs; round < 7; round += 1) {
        atMs += record.between(4, 11) * hour
        record.close(link, atMs, 'session_taken_over')
        link = record.connect(modem, atMs + 2)
      }
      return record.caseOf(ofClient('buoy'))
    },
  },
  {
    title: 'the broker gave the client up; the client believed for a quarter of an hour that it stood',
    accept: ['half_open'],
    why: 'broker: keepalive timeout at T; client: reset (ETIMEDOUT) a quarter of an hour later, four times',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(30, record.beginMs + 8 * hour)
      const crane = record.device('crane', { keepalive: 60, clockMs: 3 * second })
      for (let round = 0, atMs = record.beginMs; round < 4; round += 1) {
        const link = record.connect(crane, atMs)
        record.sawConnected(crane, atMs)
        const goneMs = atMs + record.between(20, 60) * minute
        record.close(link, goneMs, 'keepalive_timeout')
        const seenMs = goneMs + record.between(13, 16) * minute
        record.sawEnd(crane, atMs, seenMs, 'tcp_reset', {
          errorCode: 'ETIMEDOUT',
          sinceReceivedMs: Math.round(seenMs - goneMs + 90_000),
        })
        atMs = seenMs + 1020
      }
      return record.caseOf(ofClient('crane'))
    },
  },
  {
    title: 'AWS IoT: a tracker in a lorry, another address each time',
    accept: ['changing_network'],
    why: 'CONNECTION_LOST at all ages from half a minute to hours, and every session has its own address',
    tell: (seed) => {
      const record = createRecord('aws-iot', seed)
      record.fleet(300, record.beginMs + day)
      for (let round = 0, atMs = record.beginMs; round < 25; round += 1) {
        const link = record.connect(record.device('lorry-9'), atMs)
        atMs += Math.exp(record.between(3.4, 8.8)) * second
        record.close(link, atMs, round % 4 === 0 ? 'keepalive_timeout' : 'network_eof')
        atMs += record.between(3, 240) * second
      }
      return record.caseOf(ofClient('lorry-9'))
    },
  },
  {
    title: 'mosquitto: one gateway falls silent five times a day, its neighbours do not',
    accept: ['client_stall'],
    why: 'keepalive timeouts of one client alone, at any age, from one address',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(120, record.beginMs + day)
      const lora = record.device('lora-gw', { ip: '10.4.4.4' })
      for (let round = 0, atMs = record.beginMs; round < 5; round += 1) {
        const link = record.connect(lora, atMs)
        atMs += record.between(1, 5) * hour
        record.close(link, atMs, 'keepalive_timeout')
        atMs += record.between(20, 90) * second
      }
      return record.caseOf(ofClient('lora-gw'))
    },
  },
  {
    title: 'a client was suspended: FIN found after three minutes of hearing nothing, keepalive 60',
    accept: ['client_stall', 'half_open', 'process_stall', 'unknown'],
    why: 'the client had heard nothing for far more than 1.5 keepalives: it stood still, and the broker expired it',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const job = record.device('batch-job')
      for (let round = 0, atMs = record.beginMs; round < 4; round += 1) {
        record.sawConnected(job, atMs)
        const endMs = atMs + record.between(30, 80) * minute
        const silence = Math.round(record.between(150, 260) * second)
        record.sawEnd(job, atMs, endMs, 'tcp_fin', { sinceReceivedMs: silence, sinceSentMs: silence })
        atMs = endMs + 1100
      }
      return record.caseOf(ofClient('batch-job'))
    },
  },
  {
    title: 'a site without power: 25 of 300 clients time out within a minute and a half',
    accept: ['unknown', 'client_stall'],
    why: 'timeouts spread over their keepalives, one subnet, and nobody of them comes back at once: not the broker',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const cutMs = record.beginMs + 5 * hour
      record.fleet(275, cutMs + hour)
      for (let index = 0; index < 25; index += 1) {
        const one = record.device(`site-b-${index}`, { ip: `10.20.0.${index + 5}`, keepalive: 60 })
        record.close(record.connect(one, record.beginMs), cutMs + record.between(30, 94) * second, 'keepalive_timeout')
        record.connect(one, cutMs + 22 * minute + record.between(0, 40) * second)
      }
      return record.caseOf(ofBroker('mosquitto'), { fromMs: cutMs - 10 * minute, toMs: cutMs + 30 * minute })
    },
  },
  {
    title: 'a switch dies: a third of the clients, one subnet, vanish within two seconds',
    accept: ['unknown'],
    why: 'two thirds of the same broker stay connected, so it did not restart; nothing says what else it was',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const cutMs = record.beginMs + 3 * hour
      record.fleet(140, cutMs + hour)
      for (let index = 0; index < 60; index += 1) {
        const one = record.device(`hall-2-${index}`, { ip: `10.30.2.${index + 1}` })
        record.close(record.connect(one, record.beginMs), cutMs + record.between(0, 2000), 'network_reset')
        record.connect(one, cutMs + record.between(60, 75) * second)
      }
      return record.caseOf(ofBroker('emqx'), { fromMs: cutMs - 10 * minute, toMs: cutMs + 20 * minute })
    },
  },
]
