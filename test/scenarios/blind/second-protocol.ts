/** Second examiner: who breaks rules, who is too slow, who is put out. */
import { createRecord } from './record.ts'
import { losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second, ofClient } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'a home-made client sends broken packets to EMQX now and then',
    accept: ['protocol_violation'],
    why: '`frame_error` of one client, eight times.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(120, r.beginMs + 6 * hour)
      losing(r, r.device('esp-diy'), {
        times: 8,
        fromMs: r.beginMs,
        ageMs: () => r.between(1, 60) * minute,
        awayMs: () => r.between(2, 10) * second,
        why: 'protocol_error',
      })
      return r.caseOf(ofClient('esp-diy'))
    },
  },
  {
    title: 'pictures larger than the broker takes, told by the client alone',
    accept: ['protocol_violation'],
    why: 'DISCONNECT 0x95, packet too large, after each PUBLISH.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      losing(r, r.device('cam-gate', { protocol: 5 }), {
        times: 15,
        fromMs: r.beginMs,
        ageMs: () => r.between(3, 90) * second,
        sees: 'server_disconnect',
        seen: () => ({ code: 149, lastSent: 'publish', lastTopic: 'gate/picture', sinceSentMs: 80 }),
      })
      return r.caseOf(ofClient('cam-gate'))
    },
  },
  {
    title: 'more in flight than allowed: DISCONNECT 0x93, client view',
    accept: ['flow_control_violation'],
    why: 'Receive Maximum exceeded is said in so many words.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      losing(r, r.device('batcher', { protocol: 5, library: '5.6.1' }), {
        times: 13,
        fromMs: r.beginMs,
        ageMs: () => r.between(2, 40) * second,
        sees: 'server_disconnect',
        seen: () => ({ code: 147, publishesSent: 900, lastSent: 'publish', sinceSentMs: 5 }),
      })
      return r.caseOf(ofClient('batcher'))
    },
  },
  {
    title: '"receive maximum exceeded" at mosquitto 2.1, one importer of six',
    accept: ['flow_control_violation'],
    why: 'The broker words it.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(6, r.beginMs + 3 * hour)
      losing(r, r.device('importer', { protocol: 5 }), {
        times: 7,
        fromMs: r.beginMs,
        ageMs: () => r.between(1, 20) * minute,
        why: 'quota_exceeded',
      })
      return r.caseOf(ofClient('importer'))
    },
  },
  {
    title: 'AWS IoT throttles a chatterer: THROTTLED is no flow control of MQTT 5',
    accept: ['unknown'],
    why: 'A limit of the account or of the rate; Receive Maximum is not in question.',
    tell: (seed) => {
      const r = createRecord('aws-iot', seed)
      r.fleet(60, r.beginMs + 2 * hour)
      losing(r, r.device('chatty'), {
        times: 15,
        fromMs: r.beginMs,
        ageMs: () => r.between(10, 200) * second,
        why: 'quota_exceeded',
      })
      return r.caseOf(ofClient('chatty'))
    },
  },
  {
    title: 'the broker drops messages for a slow dashboard, which then ends',
    accept: ['slow_consumer'],
    why: 'Dropped messages rise by thousands before each end of the one that had received tens of thousands.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(20, r.beginMs + 3 * hour)
      const of = r.device('grafana-live')
      let atMs = r.beginMs
      let dropped = 0
      for (let index = 0; index < 6; index += 1) {
        const link = r.connect(of, atMs)
        r.sawConnected(of, atMs)
        const endMs = atMs + r.between(14, 25) * minute
        for (let step = 4; step >= 0; step -= 1) {
          dropped += Math.round(r.between(2000, 6000))
          r.gauge('dropped_total', endMs - step * minute, dropped)
        }
        r.close(link, endMs, 'keepalive_timeout')
        r.sawEnd(of, atMs, endMs + 20, 'tcp_fin', {
          publishesReceived: 88_000,
          sinceReceivedMs: 30,
          sinceSentMs: 91_000,
        })
        atMs = endMs + 1020
      }
      r.connect(of, atMs)
      return r.caseOf(ofClient('grafana-live'))
    },
  },
  {
    title: 'an operator puts a client out five times in a day at EMQX',
    accept: ['kicked'],
    why: 'The broker says `kicked`.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(80, r.beginMs + 10 * hour)
      losing(r, r.device('rogue'), {
        times: 5,
        fromMs: r.beginMs,
        ageMs: () => r.between(20, 150) * minute,
        why: 'kicked',
      })
      return r.caseOf(ofClient('rogue'))
    },
  },
  {
    title: 'a script of AWS closes forty connections by API, asked of the cluster',
    accept: ['kicked'],
    why: 'API_INITIATED_DISCONNECT for each.',
    tell: (seed) => {
      const r = createRecord('aws-iot', seed)
      const links = r.fleet(40, r.beginMs + 2 * hour, {}, 4000)
      links.forEach((link, index) => {
        const atMs = r.beginMs + hour + index * 900
        r.close(link, atMs, 'kicked')
        r.connect(link.device, atMs + r.between(1, 8) * second)
      })
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'a banned client knocks on: CONNACK 0x8A each time',
    accept: ['kicked', 'bad_credentials'],
    why: 'It was put out and is banned; that its access is withdrawn is the same in other words.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      const of = r.device('exhibit', { protocol: 5 })
      const link = r.connect(of, r.beginMs)
      r.sawConnected(of, r.beginMs)
      const outMs = r.beginMs + hour
      r.close(link, outMs, 'kicked')
      r.sawEnd(of, r.beginMs, outMs + 3, 'server_disconnect', { code: 152 })
      for (let index = 1; index <= 30; index += 1) {
        r.sawFailed(of, outMs + index * 10_000, 'connack_refused', { phase: 'mqtt', code: 138, attempt: index })
      }
      return r.caseOf(ofClient('exhibit'))
    },
  },
]
