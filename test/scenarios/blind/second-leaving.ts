/** Second examiner: who changes its address, and who leaves by itself. */
import { createRecord } from './record.ts'
import { losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second, ofClient } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'a phone on the road, a new address each time, AWS',
    accept: ['changing_network'],
    why: 'CONNECTION_LOST after very different ages, another address after each.',
    tell: (seed) => {
      const r = createRecord('aws-iot', seed)
      let atMs = r.beginMs
      for (let index = 0; index < 16; index += 1) {
        const ip = `100.${64 + Math.floor(r.between(0, 60))}.${Math.floor(r.between(0, 250))}.${1 + index}`
        const link = r.connect(r.device('courier-5', { ip, keepalive: 300, process: 'c5' }), atMs)
        atMs += r.between(2, 75) * minute
        r.close(link, atMs, 'network_eof')
        atMs += r.between(4, 300) * second
      }
      return r.caseOf(ofClient('courier-5'))
    },
  },
  {
    title: 'a home router gets a new address each night',
    accept: ['changing_network', 'unknown'],
    why: 'An end a day, another address after each: the provider`s daily cut.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(20, r.beginMs + 150 * hour)
      let atMs = r.beginMs
      for (let index = 0; index < 6; index += 1) {
        const link = r.connect(r.device('home', { ip: `84.${20 + index}.7.${index + 9}` }), atMs)
        atMs += 24 * hour + r.between(-20, 20) * second
        r.close(link, atMs, 'keepalive_timeout')
        atMs += r.between(1, 4) * second
      }
      r.connect(r.device('home', { ip: '84.77.7.1' }), atMs)
      return r.caseOf(ofClient('home'))
    },
  },
  {
    title: 'new addresses, but every session said goodbye',
    accept: ['graceful'],
    why: 'All ends were asked for by the client.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(40, r.beginMs + 9 * hour)
      let atMs = r.beginMs
      for (let index = 0; index < 12; index += 1) {
        const link = r.connect(r.device('nurse-app', { ip: `100.80.${index}.${index * 7 + 3}` }), atMs)
        atMs += r.between(3, 40) * minute
        r.close(link, atMs, 'client_requested')
        atMs += r.between(1, 20) * minute
      }
      return r.caseOf(ofClient('nurse-app'))
    },
  },
  {
    title: 'the application destroys its socket after an error of its own; the broker sees a close',
    accept: ['closed_by_application'],
    why: 'The client itself saw that its own process closed it.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(30, r.beginMs + 3 * hour)
      losing(r, r.device('etl'), {
        times: 14,
        fromMs: r.beginMs,
        ageMs: () => r.between(1, 14) * minute,
        why: 'network_eof',
        sees: 'local_destroy',
      })
      return r.caseOf(ofClient('etl'))
    },
  },
  {
    title: 'an application that calls reconnect() each minute to be safe',
    accept: ['closed_by_application', 'graceful'],
    why: 'local_end at its own pace: nobody else ends these sessions.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(12, r.beginMs + 2 * hour)
      losing(r, r.device('anxious'), {
        times: 40,
        fromMs: r.beginMs,
        ageMs: () => r.between(59.8, 60.3) * second,
        awayMs: () => r.between(20, 60),
        why: 'client_requested',
        sees: 'local_end',
      })
      return r.caseOf(ofClient('anxious'))
    },
  },
  {
    title: 'a phone application goes to the background and ends each time without DISCONNECT, MQTT 3.1.1, both views',
    accept: ['closed_by_application', 'graceful'],
    why: 'end(true) in the client`s own words; the broker can only call it a lost connection.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      r.fleet(18, r.beginMs + 3 * hour)
      losing(r, r.device('companion', { reconnectMs: 0 }), {
        times: 11,
        fromMs: r.beginMs,
        ageMs: () => r.between(20, 400) * second,
        awayMs: () => r.between(1, 12) * minute,
        why: 'network_eof',
        sees: 'local_end',
      })
      return r.caseOf(ofClient('companion'))
    },
  },
]
