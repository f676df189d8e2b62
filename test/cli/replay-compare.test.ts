import { afterAll, expect, test } from 'vitest'
import { createFolder, incident, jsonl, run, timeline } from './replay-stage.ts'

const folder = createFolder()
afterAll(folder.remove)

/** The incident of b1, and later b2 unseen for 20 minutes. */
const lines = () => [
  ...incident(),
  ...timeline(480, ['b1', 'b2'], (index, broker) =>
    index < 360 || (broker === 'b2' && index >= 400 && index < 420) ? null : undefined,
  ),
]
const config = (name: string, detection: object) =>
  folder.write(name, { detection, clusters: [{ name: 'plant', brokers: [{ name: 'b1' }, { name: 'b2' }] }] })

interface Told {
  readonly only?: string
  readonly differs?: string[]
  readonly kind: string
  readonly broker?: string
  readonly a?: { readonly openedAt: string; readonly resolvedAt?: string; readonly severity: string }
  readonly b?: { readonly openedAt: string; readonly severity: string }
}

async function compared(a: string, b: string) {
  const file = folder.write('minutes.jsonl', jsonl(lines()))
  const programs = await run(file, '--compare', a, b, '--json')
  // The file may stand after the configurations as well.
  const people = await run('--compare', a, b, file)
  expect([programs.code, people.code]).toEqual([0, 0])
  const told: Told[] = programs.out
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text))
  return { told, out: people.out }
}

test('an alert that only one configuration tells, and one that begins later in the other', async () => {
  const a = config('a.json', {})
  const b = config('b.json', { disconnectRate: { minimumSurplus: 5000 }, watcherBlind: { openMinutes: 12 } })
  const { told, out } = await compared(a, b)
  const rate = told.filter(({ kind }) => kind === 'disconnect_rate')
  expect(rate).toEqual([expect.objectContaining({ only: 'A', broker: 'b1' })])
  expect(rate[0]?.a).toMatchObject({ openedAt: '2026-11-02T09:01:00.000Z', severity: 'critical' })
  expect(rate[0]?.a?.resolvedAt).toBeDefined()
  expect(told.filter(({ kind }) => kind === 'watcher_blind')).toEqual([
    expect.objectContaining({
      differs: ['time'],
      broker: 'b2',
      a: expect.objectContaining({ openedAt: '2026-11-02T12:45:00.000Z' }),
      b: expect.objectContaining({ openedAt: '2026-11-02T12:52:00.000Z' }),
    }),
  ])
  expect(out).toMatch(/^2026-11-02 09:01Z {2}only A {4}disconnect_rate plant\/b1/m)
  expect(out).toMatch(/^2026-11-02 12:45Z {2}both {6}watcher_blind {3}plant\/b2 .* time: A from .*; B from /m)
  expect(out).toContain('1 alert only in A, 0 alerts only in B, 1 told otherwise, 0 alike.')
})

test('a configuration does not differ from itself', async () => {
  const a = config('same.json', {})
  const { told, out } = await compared(a, a)
  expect(told).toEqual([])
  expect(out).toMatch(/0 alerts only in A, 0 alerts only in B, 0 told otherwise, \d alike/)
})
