import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config } from '../../cli/config.ts'
import { runOn } from './terminal.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepwatch-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, value: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}
const run = async (...args: string[]) => runOn(config, args)
const feeds = [{ broker: 'b1', url: 'mqtt://127.0.0.1', secret: 'plant/mqtt' }]
const plant = { name: 'plant', dialect: 'mosquitto', feeds }

test('check names every fault at once, and warns of what is lacking', async () => {
  const wrong = file('wrong.json', {
    clusters: [{ ...plant, name: 'a b', dialect: 'mosquito' }],
    detection: { imbalanse: {} },
  })
  const { code, out } = await run('check', wrong)
  expect(code).toBe(1)
  for (const path of ['clusters[0].name', 'clusters[0].dialect', 'detection.imbalanse']) expect(out).toContain(path)
  const right = file('right.json', { clusters: [plant] })
  expect(await run('check', right)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/"plant\/mqtt" is named[^]*1 cluster, 1 feed\.\n$/),
  })
  expect(JSON.parse((await run('check', right, '--json')).out)).toMatchObject({
    ok: true,
    faults: [],
    warnings: [expect.any(String)],
  })
  expect(await run('check', join(folder, 'none.json'))).toMatchObject({ code: 1 })
})

test('schema is the one in the repository', async () => {
  const known = readFileSync(join(import.meta.dirname, '../../keepwatch.schema.json'), 'utf8')
  expect((await run('schema')).out).toBe(known)
})

describe('migrate', () => {
  test('brings thresholds of before into the present form, at every level, and says what became of each', async () => {
    const old = file('old.json', {
      clusters: [
        {
          ...plant,
          detection: { disconnectRate: { minimumScore: 8, minimumRatio: 4 } },
          brokers: [{ name: 'b1', detection: { disconnectRate: { minimumScore: 6 } } }],
        },
      ],
      detection: { disconnectRate: { halfLifeMinutes: 720 } },
    })
    const { code, out, err } = await run('migrate', old)
    expect(code).toBe(3)
    const [cluster] = JSON.parse(out).clusters
    expect(cluster.detection).toEqual({ disconnectRate: { minimumRatio: 4, improbability: 15.2 } })
    expect(cluster.brokers[0].detection).toEqual({ disconnectRate: {} })
    expect(err).toContain('detection.disconnectRate.halfLifeMinutes: was 720; gone')
    expect(err).toContain(
      'clusters[0].detection.disconnectRate.minimumScore: was 8 standard deviations; now "improbability": 15.2',
    )
    expect((await run('migrate', old, '--write')).err).toContain('is written')
    expect(JSON.parse(readFileSync(old, 'utf8'))).toEqual(JSON.parse(out))
    const again = await run('migrate', old)
    expect(again).toMatchObject({ code: 0, out, err: expect.stringContaining('is of the present form') })
  })

  test('writes nothing that has other faults', async () => {
    const text = JSON.stringify({ clusters: [{ ...plant, name: 'a b' }] })
    const wrong = file('faulty.json', text)
    const { code, err } = await run('migrate', wrong, '--write')
    expect({ code, text: readFileSync(wrong, 'utf8') }).toEqual({ code: 1, text })
    expect(err).toContain('clusters[0].name')
    expect(await run('migrate', join(folder, 'none.json'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be read'),
    })
  })

  const count = (metric: string, criteria: object, more: object = {}) => ({
    name: metric.slice(4),
    metric,
    criteria,
    ...more,
  })
  const atMost = { comparisonOperator: 'less-than-equals', durationSeconds: 300 }
  const profile = {
    securityProfileName: 'plant',
    behaviors: [
      count('aws:num-disconnects', { ...atMost, value: { count: 5 }, durationSeconds: 900 }),
      count('aws:num-connection-attempts', {
        comparisonOperator: 'less-than',
        value: { count: 21 },
        consecutiveDatapointsToAlarm: 1,
      }),
      count('aws:disconnect-duration', { comparisonOperator: 'less-than-equals', value: { count: 30 } }),
    ],
    version: 1,
  }
  const limits = {
    'num-disconnects': { count: 5, durationSeconds: 900 },
    'num-connection-attempts': { count: 20, durationSeconds: 300 },
    'disconnect-duration': { durationSeconds: 1800 },
  }

  test('makes a configuration of a security profile of Device Defender, or puts its limits into one', async () => {
    const given = file('profile.json', profile)
    const fresh = await run('migrate', given)
    expect(JSON.parse(fresh.out).clusters).toEqual([
      { name: 'aws-iot', dialect: 'aws-iot', awsIotRule: true, detection: { limits } },
    ])
    const own = { 'num-disconnects': { count: 9, durationSeconds: 60 }, share: 0.5 }
    const into = file('into.json', {
      clusters: [
        { ...plant, name: 'other' },
        { ...plant, detection: { limits: own, flapping: { windowMinutes: 20 } } },
      ],
    })
    expect(await run('migrate', given, '--into', into)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--cluster is needed: there are other, plant'),
    })
    const put = await run('migrate', given, '--into', into, '--cluster', 'plant', '--write')
    expect({ code: put.code, out: put.out }).toEqual({ code: 3, out: '' })
    expect(put.err).toContain('num-disconnects: ')
    const [other, changed] = JSON.parse(readFileSync(into, 'utf8')).clusters
    expect(other.detection).toBeUndefined()
    expect(changed.detection).toEqual({ limits: { ...limits, ...own }, flapping: { windowMinutes: 20 } })
  })

  test('names all that it cannot carry over', async () => {
    const behaviors = [
      count('aws:message-byte-size', { ...atMost, value: { count: 1024 } }),
      count('aws:num-disconnects', { consecutiveDatapointsToAlarm: 1, mlDetectionConfig: { confidenceLevel: 'HIGH' } }),
      {
        ...count('aws:num-disconnects', { ...atMost, statisticalThreshold: { statistic: 'p90' } }),
        name: 'by-percentile',
      },
      {
        ...count('aws:num-disconnects', { comparisonOperator: 'greater-than', value: { count: 1 } }),
        name: 'at-least',
      },
      count(
        'aws:num-connection-attempts',
        { ...atMost, value: { count: 5 }, consecutiveDatapointsToAlarm: 3 },
        { suppressAlerts: true },
      ),
      { ...count('aws:num-connection-attempts', { ...atMost, value: { count: 7 } }), name: 'twice' },
    ]
    const { code, out, err } = await run('migrate', file('mixed.json', { behaviors }), '--cluster', 'fleet')
    expect(code).toBe(3)
    expect(JSON.parse(out).clusters[0]).toMatchObject({
      name: 'fleet',
      detection: { limits: { 'num-connection-attempts': { count: 5, durationSeconds: 300 } } },
    })
    for (const words of [
      'message-byte-size: ',
      'num-disconnects: needs no limit',
      'by-percentile: needs no limit',
      'at-least: greater-than',
      'consecutiveDatapointsToAlarm 3',
      'suppressAlerts',
      'twice: another behavior',
    ]) {
      expect(err).toContain(words)
    }
  })
})
