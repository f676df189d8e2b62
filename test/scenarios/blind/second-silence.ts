/** Second examiner: keepalives too short, too long or none, half-open links, and ages that mean something else than idleness. */
import { createRecord } from './record.ts'
import { losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second, ofClient } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'keepalive 3 over a satellite link, round trips of seconds',
    accept: ['keepalive_too_short'],
    why: 'Round trips come near 1.5 keepalives: false alarms now and then.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(15, r.beginMs + 5 * hour)
      losing(r, r.device('buoy', { keepalive: 3 }), {
        times: 22,
        fromMs: r.beginMs,
        ageMs: () => r.between(40, 900) * second,
        awayMs: () => r.between(1, 5) * second,
        why: 'keepalive_timeout',
        sees: 'keepalive_timeout',
        seen: () => ({ rttMs: Math.round(r.between(1100, 2900)), sinceReceivedMs: 4500 }),
      })
      return r.caseOf(ofClient('buoy'))
    },
  },
  {
    title: 'two hundred with keepalive 2 at mosquitto, now this one times out, now that',
    accept: ['keepalive_too_short'],
    why: 'A clock of whole seconds and a keepalive of two: sporadic timeouts all over the fleet.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      for (let index = 0; index < 200; index += 1) {
        losing(r, r.device(`plc-${index}`, { keepalive: 2 }), {
          times: 2,
          fromMs: r.beginMs + r.between(0, 30) * minute,
          ageMs: () => r.between(3, 50) * minute,
          awayMs: () => r.between(1, 3) * second,
          why: 'keepalive_timeout',
        })
      }
      return r.caseOf({ of: 'broker', broker: 'mosquitto' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'keepalive 0: the broker holds the dead session for hours until the device is back',
    accept: ['keepalive_too_long', 'half_open'],
    why: 'Nobody can notice a lost link; the old session falls only when the next begins.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(45, r.beginMs + 20 * hour)
      const of = r.device('silo', { keepalive: 0 })
      let atMs = r.beginMs
      for (let index = 0; index < 4; index += 1) {
        const link = r.connect(of, atMs)
        r.sawConnected(of, atMs)
        const deadMs = atMs + r.between(1, 3) * hour
        const noticedMs = deadMs + r.between(50, 130) * minute
        r.sawEnd(of, atMs, noticedMs, 'tcp_reset', {
          errorCode: 'ETIMEDOUT',
          sinceReceivedMs: Math.round(noticedMs - deadMs),
        })
        r.close(link, noticedMs + 1200, 'session_taken_over')
        atMs = noticedMs + 1202
      }
      r.connect(of, atMs)
      return r.caseOf(ofClient('silo'))
    },
  },
  {
    title: 'keepalive 1200 through a balancer that forgets after 350 s',
    accept: ['keepalive_too_long', 'idle_timeout'],
    why: 'The ping after 1200 s meets a forgotten flow: reset at exactly one keepalive of silence.',
    tell: (seed) => {
      const r = createRecord('aws-iot', seed)
      losing(r, r.device('tracker', { keepalive: 1200 }), {
        times: 9,
        fromMs: r.beginMs,
        ageMs: () => 1_200_000 + r.between(20, 400),
        why: 'network_eof',
        sees: 'tcp_reset',
        seen: () => ({ errorCode: 'ECONNRESET', sinceReceivedMs: 1_200_100, sinceSentMs: 60 }),
      })
      return r.caseOf(ofClient('tracker'))
    },
  },
  {
    title: 'a client that publishes QoS 0 into a dead link and believes itself online long after the broker',
    accept: ['half_open'],
    why: 'The broker timed it out, the client noticed a quarter of an hour later, three times.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(33, r.beginMs + 10 * hour)
      const of = r.device('forklift', { keepalive: 120 })
      let atMs = r.beginMs
      for (let index = 0; index < 3; index += 1) {
        const link = r.connect(of, atMs)
        r.sawConnected(of, atMs)
        const lostMs = atMs + r.between(20, 90) * minute
        const noticedMs = lostMs + r.between(14, 17) * minute
        r.close(link, lostMs + 180_000, 'keepalive_timeout')
        r.sawEnd(of, atMs, noticedMs, 'tcp_reset', {
          errorCode: 'ETIMEDOUT',
          sinceReceivedMs: Math.round(noticedMs - lostMs),
          sinceSentMs: 900,
        })
        atMs = noticedMs + second
      }
      r.connect(of, atMs)
      r.sawConnected(of, atMs)
      return r.caseOf(ofClient('forklift'))
    },
  },
  {
    title: 'ends that both saw at once, the clock of the client 25 minutes ahead',
    accept: ['unknown'],
    why: 'Not half-open: only the clock is wrong. Resets at odd ages tell no cause.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(40, r.beginMs + 8 * hour)
      losing(r, r.device('scale', { clockMs: 25 * minute }), {
        times: 6,
        fromMs: r.beginMs,
        ageMs: () => r.between(15, 120) * minute,
        why: 'network_reset',
        sees: 'tcp_reset',
        seen: () => ({ errorCode: 'ECONNRESET', sinceReceivedMs: Math.round(r.between(200, 50_000)) }),
      })
      return r.caseOf(ofClient('scale'))
    },
  },
  {
    title: 'it publishes every five seconds and is cut after 60 s each time',
    accept: ['unknown'],
    why: 'Sixty seconds are a limit of somebody, but not of idleness: it sent a second ago.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(20, r.beginMs + 2 * hour)
      losing(r, r.device('telemetry'), {
        times: 20,
        fromMs: r.beginMs,
        ageMs: () => 60_000 + r.between(10, 300),
        why: 'network_eof',
        sees: 'tcp_fin',
        seen: () => ({ publishesSent: 12, lastSent: 'publish', sinceSentMs: 700, sinceReceivedMs: 650 }),
      })
      return r.caseOf(ofClient('telemetry'))
    },
  },
  {
    title: 'a current mqtt.js that only receives is timed out at 1.5 keepalives',
    accept: ['unknown', 'client_stall', 'process_stall'],
    why: '5.14.1 pings when it only receives: it is not that defect, its process or a patch keeps it from pinging.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(30, r.beginMs + 2 * hour)
      losing(r, r.device('wall', { keepalive: 60 }), {
        times: 12,
        fromMs: r.beginMs,
        ageMs: () => r.between(90.1, 92) * second,
        why: 'keepalive_timeout',
        sees: 'tcp_fin',
        seen: () => ({ publishesSent: 0, publishesReceived: 800, sinceReceivedMs: 40, sinceSentMs: 90_300 }),
      })
      return r.caseOf(ofClient('wall'))
    },
  },
  {
    title: 'a battery sensor wakes every quarter of an hour for twelve seconds and cuts its power',
    accept: ['unknown'],
    why: 'Its own cycle; no limit of the path is that short, and nobody tells of an intention.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(60, r.beginMs + 8 * hour)
      losing(r, r.device('soil-9', { keepalive: 300 }), {
        times: 28,
        fromMs: r.beginMs,
        ageMs: () => r.between(10, 14) * second,
        awayMs: () => r.between(14.7, 14.9) * minute,
        why: 'network_eof',
      })
      return r.caseOf(ofClient('soil-9'))
    },
  },
  {
    title: 'a watchdog restarts the device each night at three',
    accept: ['unknown'],
    why: 'Ages of a day to the second: a schedule, neither token nor idle limit can be concluded.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(10, r.beginMs + 120 * hour)
      losing(r, r.device('edge-box'), {
        times: 5,
        fromMs: r.beginMs,
        ageMs: () => 24 * hour - 43_000 + r.between(0, 2500),
        awayMs: () => 43_000 + r.between(0, 2000),
        why: 'network_eof',
      })
      return r.caseOf(ofClient('edge-box'))
    },
  },
  {
    title: 'sessions of an hour end without a word and are back at once, keepalive 30',
    accept: ['unknown', 'expired_credentials'],
    why: 'With keepalive 30 it was not idle; a token of an hour or a longest lifetime on the path, nothing tells which.',
    tell: (seed) => {
      const r = createRecord('rabbitmq', seed)
      r.fleet(25, r.beginMs + 12 * hour)
      losing(r, r.device('charger', { keepalive: 30 }), {
        times: 10,
        fromMs: r.beginMs,
        ageMs: () => hour + r.between(0, 4) * second,
        awayMs: () => r.between(1, 2) * second,
        why: 'network_eof',
      })
      return r.caseOf(ofClient('charger'))
    },
  },
]
