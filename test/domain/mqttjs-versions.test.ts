import { expect, test } from 'vitest'
import { compareVersions, defects, defectsOf, freeOf, hasDefect } from '../../domain/mqttjs-versions.ts'

const namesOf = (version: string) => defectsOf(version)?.map(({ name }) => name)
const unmended = ['open_after_malformed', 'open_after_disconnect', 'open_after_early_end']

test.each([
  ['5.3.1', ['throttled_timers', 'swallowed_socket_errors'], ['reconnect_loop', 'receive_only_no_ping']],
  ['5.3.4', ['reconnect_loop', 'double_ping_check', 'silent_keepalive_timeout'], ['throttled_timers']],
  ['5.3.5', ['double_ping_check', 'silent_connack_timeout'], ['reconnect_loop']],
  ['5.5.4', ['unnoticed_dead_link'], ['receive_only_no_ping', 'double_ping_check']],
  ['5.5.5', ['receive_only_no_ping'], ['unnoticed_dead_link']],
  ['5.5.6', ['topic_alias_crash'], ['receive_only_no_ping', 'no_reschedule_timeout']],
  ['5.8.0', ['no_reschedule_timeout'], []],
  ['5.8.1', ['no_retry_option'], ['no_reschedule_timeout']],
  ['4.2.8', ['throttled_timers'], ['topic_alias_crash', 'reconnect_loop']],
])('MQTT.js %s has %j and not %j', (version, has, hasNot) => {
  expect(namesOf(version)).toEqual(expect.arrayContaining(has))
  for (const name of hasNot) expect(namesOf(version)).not.toContain(name)
})

test('the newest has only what no version is free of', () => {
  expect(namesOf('5.16.0')).toEqual(unmended)
  expect(freeOf(defectsOf('5.16.0') ?? [])).toBeUndefined()
})

test('names the first version that is free of what can be mended', () => {
  expect(freeOf(defects.filter(({ name }) => name === 'reconnect_loop' || name === 'no_retry_option'))).toBe('5.10.3')
  expect(freeOf(defectsOf('5.3.1') ?? [])).toBe('5.16.0')
})

test('versions are compared by number, and what cannot be read is no version', () => {
  expect(compareVersions('5.10.3', '5.9.1')).toBeGreaterThan(0)
  expect(compareVersions('v5.10.3-beta.1', '5.10.3')).toBe(0)
  for (const version of ['', 'latest', '5.3', '^5.3.4', '5.3.4.1']) expect(defectsOf(version)).toBeUndefined()
  expect(hasDefect('reconnect_loop', 'latest')).toBeUndefined()
  expect(hasDefect('reconnect_loop', undefined)).toBeUndefined()
})

test('each defect names its source, and begins before it is mended', () => {
  for (const { name, source, ...range } of defects) {
    expect(source, name).toMatch(/^https:\/\/github\.com\/mqttjs\/MQTT\.js\//)
    const since = 'since' in range ? range.since : '0.0.0'
    const fixedIn = 'fixedIn' in range ? range.fixedIn : '99.0.0'
    expect(compareVersions(since, fixedIn), name).toBeLessThan(0)
  }
  expect(new Set(defects.map(({ name }) => name)).size).toBe(defects.length)
})
