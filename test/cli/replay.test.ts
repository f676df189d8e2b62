import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { beginMs, createFolder, incident, jsonl, line, run, timeline } from './replay-stage.ts'

const folder = createFolder()
afterAll(folder.remove)

const dayMinutes = 1440

describe('an incident in a file', () => {
  test('is told as JSON lines, opened and resolved, and nothing else is on standard output', async () => {
    const file = folder.write('incident.jsonl', jsonl(incident()))
    const { code, err, transitions } = await run(file, '--json')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const [opened] = transitions
    expect(opened).toEqual({
      id: 'plant.disconnect_rate.b1.20261102T090100Z',
      kind: 'disconnect_rate',
      status: 'opened',
      at: '2026-11-02T09:01:00.000Z',
      cluster: 'plant',
      broker: 'b1',
      severity: 'critical',
      observed: 400,
      expected: expect.any(Number),
      score: expect.any(Number),
      summary: expect.stringContaining('b1'),
      why: 'began',
      diagnosis: expect.objectContaining({ name: expect.any(String), confidence: expect.any(Number) }),
    })
    const ofIt = transitions.filter(({ id }) => id === opened?.id)
    const { diagnosis } = ofIt.at(-2) ?? {}
    expect(ofIt.at(-1)).toMatchObject({ status: 'resolved', why: 'calm_again', severity: 'critical', diagnosis })
    expect(new Set(transitions.map(({ broker }) => broker))).toEqual(new Set(['b1']))
  })

  test('is told as lines for people, with a summary', async () => {
    const { code, out } = await run(folder.write('people.jsonl', jsonl(incident())))
    expect(code).toBe(0)
    expect(out).toMatch(/^2026-11-02 09:01Z {2}opened {4}critical {2}disconnect_rate plant\/b1 /m)
    expect(out).toMatch(/^2026-11-02 \d\d:\d\dZ {2}resolved/m)
    expect(out).toContain('720 broker-minutes of 1 cluster, 2026-11-02 06:00Z to 2026-11-02 12:00Z')
    expect(out).toContain('No minute is missing.')
  })

  test('does not depend on how the times are written', async () => {
    const elsewhere = incident().map((each) => ({
      ...each,
      minute: new Date(Date.parse(String(each['minute'])) + 5.5 * 3_600_000).toISOString().replace('.000Z', '+05:30'),
    }))
    const plain = await run(folder.write('utc.jsonl', jsonl(incident())), '--json')
    const shifted = await run(folder.write('shifted.jsonl', jsonl(elsewhere)), '--json')
    expect(shifted).toMatchObject({ code: 0, out: plain.out })
  })

  test('in announced maintenance is not told, and teaches nothing', async () => {
    const maintenance = [{ from: '2026-11-02T08:55:00Z', to: '2026-11-02T09:10:00Z', brokers: ['b1'] }]
    const config = folder.write('maintenance.json', { clusters: [{ name: 'plant', maintenance }] })
    const { code, out } = await run(folder.write('work.jsonl', jsonl(incident())), '--config', config, '--json')
    expect({ code, out }).toEqual({ code: 0, out: '' })
  })
})

describe('weights', () => {
  const uneven = () =>
    timeline(60, ['b1', 'b2'], (_, broker) => ({
      weight: broker === 'b1' ? 3 : 1,
      connected: broker === 'b1' ? 3000 : 1000,
    }))
  test('of the lines count where the configuration gives none', async () => {
    const file = folder.write('uneven.jsonl', jsonl(uneven()))
    const brokers = [{ name: 'b1', detection: { imbalance: { openMinutes: 5 } } }]
    const config = folder.write('no-weights.json', { clusters: [{ name: 'plant', brokers }] })
    expect((await run(file, '--json')).told('imbalance')).toEqual([])
    expect((await run(file, '--config', config, '--json')).told('imbalance')).toEqual([])
  })
  test('of the configuration count before those of the lines', async () => {
    const file = folder.write('uneven-too.jsonl', jsonl(uneven()))
    const brokers = ['b1', 'b2'].map((name) => ({ name, weight: 1 }))
    const config = folder.write('weights.json', { clusters: [{ name: 'plant', brokers }] })
    const { told } = await run(file, '--config', config, '--json')
    expect(told('imbalance').filter((each) => each.endsWith('opened'))).not.toEqual([])
  })
})

describe('what is missing', () => {
  test('a broker without lines is unseen, neither calm nor empty', async () => {
    const lines = timeline(120, ['b1', 'b2'], (index, broker) =>
      broker === 'b2' && index >= 60 && index < 80 ? null : undefined,
    )
    const { told, transitions } = await run(folder.write('missing.jsonl', jsonl(lines)), '--json')
    expect(told('watcher_blind')).toEqual(['65 b2 opened', '82 b2 resolved'])
    expect(transitions.every(({ kind }) => kind === 'watcher_blind')).toBe(true)
  })

  test('a broker that the configuration names is unseen when the file does not know it', async () => {
    const config = folder.write('named.json', { clusters: [{ name: 'plant', brokers: [{ name: 'b9' }] }] })
    const { told } = await run(folder.write('b1.jsonl', jsonl(timeline(20, ['b1']))), '--config', config, '--json')
    expect(told('watcher_blind')).toEqual(['5 b9 opened'])
  })

  test('minutes without any line are unseen, and counted', async () => {
    const lines = timeline(120, ['b1'], (index) => (index >= 60 && index < 80 ? null : undefined))
    const file = folder.write('gap.jsonl', jsonl(lines))
    expect((await run(file, '--json')).told('watcher_blind')).toEqual(['65 * opened', '82 * resolved'])
    expect((await run(file)).out).toContain('20 minutes missing in 1 gap: they count as unseen.')
  })

  test('of a gap of years the first day is judged, and that is said', async () => {
    const years = 3 * 365 * dayMinutes
    const lines = timeline(60, ['b1']).concat(Array.from({ length: 60 }, (_, index) => line(years + index, 'b1')))
    const { code, told, err } = await run(folder.write('years.jsonl', jsonl(lines)), '--json')
    expect(code).toBe(0)
    expect(told('watcher_blind').at(0)).toBe('65 * opened')
    expect(told('watcher_blind').at(-1)).toBe(`${years + 2} * resolved`)
    expect(err).toMatch(/more than a day of a cluster is missing.*1095 days/)
  })

  test('a cluster whose record ends before the others’ is unseen since', async () => {
    const others = timeline(60, ['n1']).map((each) => ({ ...each, cluster: 'north' }))
    const { transitions } = await run(folder.write('ends.jsonl', jsonl([...timeline(30, ['b1']), ...others])), '--json')
    expect(transitions.map(({ kind, cluster, at }) => [kind, cluster, at])).toEqual([
      ['watcher_blind', 'plant', '2026-11-02T06:35:00.000Z'],
    ])
  })
})

describe('lines that cannot be used', () => {
  test('are named with what is wrong, counted, and the rest is replayed', async () => {
    const good = incident()
    const late = line(3, 'b1')
    const lines = [
      ...good.slice(0, 10),
      '{"minute":',
      line(5, 'b1', { disconnects: { keepalive_timeout: -3 } }),
      line(5, 'b1', { coverage: 2 }),
      line(5, 'b1', { minute: '2026-11-02 06:05:30Z' }),
      '[]',
      '',
      late,
      ...good.slice(10),
    ]
    const { code, out, err } = await run(folder.write('faults.jsonl', jsonl(lines)), '--json')
    expect(code).toBe(1)
    expect(out).toBe((await run(folder.write('good.jsonl', jsonl(good)), '--json')).out)
    expect(err).toContain('line 11 is no JSON')
    expect(err).toContain('line 12: disconnects.keepalive_timeout: found -3; expected at least 0')
    expect(err).toContain('line 13: coverage: found 2; expected at most 1')
    expect(err).toContain('line 14: minute: found "2026-11-02 06:05:30Z"; expected the begin of a minute')
    expect(err).toContain('line 15: ')
    expect(err).toContain('line 17 is of 2026-11-02T06:03:00.000Z, and plant is at 2026-11-02T06:04:00.000Z already')
    expect(err).toContain('Refused lines: 5 could not be read.')
    expect(err).toContain('Refused lines: 1 came after their minute was judged')
  })

  test('of a kind are named five times at most', async () => {
    const { code, err } = await run(folder.write('garbage.txt', 'garbage\n'.repeat(1000)))
    expect(code).toBe(1)
    expect(err.match(/is no JSON/g)).toHaveLength(5)
    expect(err).toContain('Refused lines: 1000 could not be read.')
  })

  test('one time far ahead does not cost what follows', async () => {
    const good = incident()
    const lines = [...good.slice(0, 100), line(80 * 365 * dayMinutes, 'b1'), ...good.slice(100)]
    const { code, out, err } = await run(folder.write('stray.jsonl', jsonl(lines)), '--json')
    expect({ code, out }).toEqual({ code: 1, out: (await run(folder.write('fine.jsonl', jsonl(good)), '--json')).out })
    expect(err).toContain('line 101 is of 2106-')
  })

  test('a line of a million characters is refused for its length', async () => {
    const long = line(5, 'b1', { broker: 'x'.repeat(3_000_000) })
    const { code, err } = await run(folder.write('long.jsonl', jsonl([long, ...timeline(3, ['b1'])])))
    expect(code).toBe(1)
    expect(err).toContain('line 1 is longer than')
    expect(err).toContain('Refused lines: 1 could not')
  })

  test('what stands otherwise than expected is used, and said', async () => {
    const lines = [
      line(0, 'b1', { label: 'calm', gauges: { cpu_percent: 3, fan: 900 } }),
      line(0, 'b1', { connected: 900 }),
      line(1, 'b1', { disconnects: { normal: 2 }, topClients: [{ clientId: 'p', disconnects: 1, mood: 'bad' }] }),
      line(2, 'b1', { label: 'calm', coverage: 0, connects: null, refused: null, disconnects: null, connected: null }),
    ]
    const { code, err, out } = await run(folder.write('notes.jsonl', jsonl(lines)))
    expect(code).toBe(0)
    expect(out).toContain('3 broker-minutes of 1 cluster')
    expect(err).toContain('Note: the field "label" is not read (2 times, first line 1).')
    expect(err).toContain('Note: the gauge "fan" is not read (line 1).')
    expect(err).toContain('Note: a broker’s minute is there again: the last one counts (line 2).')
    expect(err).toContain('Note: the cause "normal" is none of the documented ones and counts as "unknown" (line 3).')
    expect(err).toContain('topClients[]."mood"')
  })

  test('names act neither in a terminal nor in JSON, which keeps them', async () => {
    const broker = 'b\u001B[31m\u202E'
    const lines = timeline(20, ['b1', broker], (index, each) => (each !== 'b1' && index > 5 ? null : undefined))
    const file = folder.write('harmful.jsonl', jsonl(lines))
    const [people, programs] = [await run(file), await run(file, '--json')]
    for (const { out } of [people, programs]) expect(out).not.toMatch(/\p{Cf}|\p{Cc}(?<!\n)/u)
    expect(people.out).toContain('plant/b\\u{1b}[31m\\u{202e}')
    expect(programs.transitions[0]?.broker).toBe(broker)
  })
})

test('the sample of the repository tells of one incident', async () => {
  const sample = join(import.meta.dirname, '..', '..', 'examples', 'replay', 'minutes.jsonl')
  const { code, err, transitions } = await run(sample, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const opened = transitions.filter(({ status }) => status === 'opened')
  expect(opened.map(({ kind, broker, at }) => [kind, broker, at])).toContainEqual([
    'disconnect_rate',
    'south',
    '2026-11-02T09:21:00.000Z',
  ])
  expect(Date.parse(opened[0]?.at ?? '')).toBeGreaterThan(beginMs)
})
