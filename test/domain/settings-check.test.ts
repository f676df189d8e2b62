/** A configuration is judged as a whole: every fault at once, each with its place, what was found and what is right. */
import { describe, expect, it } from 'vitest'
import { type SettingsFault, checkSettings } from '../../domain/settings-check.ts'
import { dialectNames } from '../../domain/settings.ts'

const feed = { broker: 'b1', url: 'mqtt://10.0.0.1:1883' }
const cluster = { name: 'plant', dialect: 'mosquitto', feeds: [feed] }

function faultsOf(settings: unknown): readonly SettingsFault[] {
  const outcome = checkSettings(settings)
  if (outcome.ok) throw new Error('no fault was found')
  return outcome.faults
}
const withFeed = (others: object) => ({ clusters: [{ ...cluster, feeds: [{ ...feed, ...others }] }] })

describe('a right configuration', () => {
  it('is completed with every default', () => {
    const outcome = checkSettings({ clusters: [cluster] })
    expect(outcome).toMatchObject({
      ok: true,
      settings: {
        clusters: [
          { timezone: 'UTC', brokers: [], feeds: [{ connection: { keepalive: 10, rejectUnauthorized: true } }] },
        ],
        retention: { eventsDays: 90 },
        notify: { emails: [] },
      },
    })
  })

  it('needs no broker name where the dialect tells it', () => {
    const { broker: _, ...nameless } = feed
    for (const dialect of ['emqx', 'vernemq', 'aws-iot']) {
      expect(checkSettings({ clusters: [{ ...cluster, dialect, feeds: [nameless] }] }).ok).toBe(true)
    }
  })
})

describe('a cluster without feeds', () => {
  it.each<object>([
    { dialect: 'hivemq', webhook: { secret: 'keys' } },
    { dialect: 'mosquitto', webhook: { secret: 'keys' } },
    { dialect: 'aws-iot', awsIotRule: true },
  ])('is right where its events are pushed: %j', (others) => {
    expect(checkSettings({ clusters: [{ name: 'plant', ...others }] }).ok).toBe(true)
  })
})

describe('a configuration for replay', () => {
  it('needs neither a product nor feeds, nor any cluster', () => {
    const [detection, maintenance] = [{ imbalance: { openMinutes: 5 } }, []]
    expect(checkSettings({}, 'replay')).toMatchObject({ ok: true, settings: { clusters: [] } })
    const small = { clusters: [{ name: 'plant', maintenance }], detection }
    expect(checkSettings(small, 'replay')).toMatchObject({ ok: true, settings: { detection } })
    expect(checkSettings(small).ok).toBe(false)
    expect(checkSettings({ clusters: [cluster] }, 'replay').ok).toBe(true)
  })
  it('is checked in all else', () => {
    const outcome = checkSettings({ clusters: [{ name: 'plant', feed: [] }, { name: 'plant' }] }, 'replay')
    expect(outcome).toMatchObject({ ok: false, faults: [{ path: 'clusters[0].feed' }] })
    expect(checkSettings({ clusters: [{ name: 'plant' }, { name: 'plant' }] }, 'replay').ok).toBe(false)
  })
})

describe('a fault', () => {
  it.each<[string, unknown, SettingsFault]>([
    [
      'an unknown dialect',
      { clusters: [{ ...cluster, dialect: 'nats' }] },
      { path: 'clusters[0].dialect', found: '"nats"', expected: `one of ${dialectNames.join(', ')}` },
    ],
    [
      'a number out of range',
      withFeed({ connection: { keepalive: 1 } }),
      { path: 'clusters[0].feeds[0].connection.keepalive', found: '1', expected: 'at least 2' },
    ],
    [
      'a wrong type',
      withFeed({ connection: { clean: 'yes' } }),
      { path: 'clusters[0].feeds[0].connection.clean', found: '"yes"', expected: 'boolean' },
    ],
    [
      'a misspelt setting',
      withFeed({ keepAlive: 10 }),
      {
        path: 'clusters[0].feeds[0].keepAlive',
        found: '10',
        expected: 'no such setting; see keepwatch.schema.json for those there are',
      },
    ],
    [
      'a missing broker name',
      { clusters: [{ ...cluster, feeds: [{ url: feed.url }] }] },
      {
        path: 'clusters[0].feeds[0].broker',
        found: 'nothing',
        expected: 'the broker’s name: mosquitto does not tell it',
      },
    ],
    [
      'a cluster that nothing tells of',
      { clusters: [{ ...cluster, feeds: [] }] },
      {
        path: 'clusters[0].feeds',
        found: 'none',
        expected: 'at least one feed, or "webhook", or (for AWS IoT Core) "awsIotRule": true',
      },
    ],
    [
      'a cluster named twice',
      { clusters: [cluster, cluster] },
      { path: 'clusters[1].name', found: 'plant', expected: 'a name no other cluster has' },
    ],
    [
      'a broker watched twice',
      { clusters: [{ ...cluster, feeds: [feed, feed] }] },
      { path: 'clusters[0].feeds[1].broker', found: 'b1', expected: 'a broker no other feed names' },
    ],
    [
      'a time zone that is none',
      { clusters: [{ ...cluster, timezone: 'Mars/Olympus' }] },
      {
        path: 'clusters[0].timezone',
        found: '"Mars/Olympus"',
        expected: 'an IANA time zone such as Europe/Berlin',
      },
    ],
    ['no configuration at all', null, { path: '(the whole file)', found: 'null', expected: 'object' }],
  ])('%s is named with its place, what was found and what is right', (_, settings, fault) => {
    expect(faultsOf(settings)).toEqual([fault])
  })

  it.each<[string, object, SettingsFault]>([
    [
      'an AMQP address where the broker tells of itself over MQTT',
      { feeds: [{ ...feed, url: 'amqp://10.0.0.1:5672' }] },
      {
        path: 'clusters[0].feeds[0].url',
        found: '"amqp://10.0.0.1:5672"',
        expected: 'mqtt://, mqtts://, ws:// or wss://: mosquitto tells of itself over MQTT',
      },
    ],
    [
      'a feed of a broker that publishes nothing',
      { dialect: 'hivemq', webhook: { secret: 'keys' } },
      {
        path: 'clusters[0].feeds',
        found: '1',
        expected: 'no feeds: hivemq publishes nothing about itself, its events come by "webhook"',
      },
    ],
    [
      'presence of devices where the broker tells of them',
      { presence: [{ convention: 'tasmota' }] },
      {
        path: 'clusters[0].presence',
        found: 'a list',
        expected: 'nothing: mosquitto tells of connections itself; "presence" is for the dialect generic',
      },
    ],
    [
      'the rule of AWS IoT Core for another broker',
      { awsIotRule: true },
      {
        path: 'clusters[0].awsIotRule',
        found: 'true',
        expected: 'nothing: the rule brings events of AWS IoT Core, and the dialect is mosquitto',
      },
    ],
    [
      'a nameless feed of a broker that does not tell its name',
      { dialect: 'nanomq', feeds: [{ url: feed.url }] },
      { path: 'clusters[0].feeds[0].broker', found: 'nothing', expected: 'the broker’s name: nanomq does not tell it' },
    ],
  ])('of the broker product is named: %s', (_, others, fault) => {
    expect(faultsOf({ clusters: [{ ...cluster, ...others }] })).toEqual([fault])
  })

  it('does not hide the others: all are named at once', () => {
    const settings = {
      clusters: [
        { name: 'bad name!', dialect: 'nats', feeds: [] },
        { ...cluster, feeds: [{ broker: 'b1', url: 'http://x', connection: { keepalive: 70_000 } }] },
      ],
      retention: { eventsDays: 0 },
      notify: { emails: ['nobody'] },
      colour: 'blue',
    }
    expect(
      faultsOf(settings)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([
      'clusters[0].dialect',
      'clusters[0].name',
      'clusters[1].feeds[0].connection.keepalive',
      'clusters[1].feeds[0].url',
      'colour',
      'notify.emails[0]',
      'retention.eventsDays',
    ])
  })

  it('of hostile text is shown harmless', () => {
    const found = faultsOf({ clusters: [{ ...cluster, name: '\u001b[2J\u202eplant' }] })[0]?.found
    expect(found).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  it('in a prototype is no way in', () => {
    const hostile: unknown = JSON.parse('{"clusters":[],"__proto__":{"clusters":[]},"constructor":{"a":1}}')
    expect(faultsOf(hostile).length).toBeGreaterThan(0)
  })
})

describe('a secret in the file', () => {
  it.each(['password', 'passphrase', 'key', 'cert', 'ca', 'token'])(
    'as %s is refused, says where it belongs, is not shown',
    (name) => {
      const faults = faultsOf(withFeed({ [name]: 'hunter2-very-secret' }))
      expect(faults).toHaveLength(1)
      expect(faults[0]).toMatchObject({ path: `clusters[0].feeds[0].${name}`, found: '(a secret, not shown)' })
      expect(faults[0]?.expected).toContain('Secrets Manager')
      expect(JSON.stringify(faults)).not.toContain('hunter2')
    },
  )

  it.each([
    'mqtt://alice:hunter2@broker:1883',
    'mqtts://alice:hun/ter2@broker',
    'mqtts://alice:hunt@er2@broker',
    'wss://hunter2@broker/mqtt',
  ])('in the URL %s is refused and not shown', (url) => {
    const faults = faultsOf(withFeed({ url }))
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({ path: 'clusters[0].feeds[0].url' })
    expect(faults[0]?.expected).toContain('without user name or password')
    expect(JSON.stringify(faults)).not.toMatch(/hun|ter2|er2/)
  })

  it('is not shown either where a whole feed is malformed around it', () => {
    const faults = faultsOf({ clusters: [{ ...cluster, feeds: ['mqtt://alice:hunter2@broker'] }] })
    expect(JSON.stringify(faults)).not.toContain('hunter2')
  })
})
