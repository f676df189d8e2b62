import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReader } from '../../cli/replay/reader.ts'
import { RecordedSchema } from '../../cli/replay/recorded.ts'
import { createRemarks } from '../../cli/replay/remarks.ts'
import { MinuteSchema } from '../../domain/minute.ts'
import { line } from './replay-stage.ts'

/** Values that may stand in a field, right and wrong ones. */
const odd = fc.constantFrom(null, true, '', 'x', -1, 0, 0.5, 1, 7, 2 ** 60, [], [1], {}, { kicked: 1 }, { a: -1 })
const client = fc.record(
  { clientId: fc.oneof(fc.string(), odd), disconnects: fc.oneof(fc.nat(), odd), attempts: odd, peers: odd },
  { requiredKeys: [] },
)
const changes = fc.record(
  {
    minute: fc.constantFrom('2026-11-01T00:00:00Z', '2026-11-01T00:00+01:00', '2026-11-01T00:00:30Z', '1', null),
    cluster: odd,
    broker: odd,
    weight: odd,
    coverage: odd,
    connects: odd,
    refused: odd,
    refusedByCode: odd,
    disconnects: odd,
    abnormal: odd,
    connected: odd,
    gauges: odd,
    topClients: fc.oneof(odd, fc.array(client, { maxLength: 12 })),
    topPeers: odd,
    watched: odd,
  },
  { requiredKeys: [] },
)

test('what is read by hand is what the schema takes, and makes a minute as the store has it', () => {
  const read = createReader(createRemarks(() => undefined))
  fc.assert(
    fc.property(changes, (change) => {
      const value = line(0, 'b1', change)
      const recorded = read(value, 1)
      const isBlind = value['coverage'] === 0
      const counts = { connects: value['connects'] ?? 0, refused: value['refused'] ?? 0 }
      const told = isBlind ? { ...value, ...counts, disconnects: value['disconnects'] ?? {} } : value
      expect(recorded !== undefined).toBe(RecordedSchema.safeParse(told).success)
      expect(MinuteSchema.safeParse(recorded?.minute).success).toBe(recorded !== undefined)
    }),
    { numRuns: 3000 },
  )
})

test('a minute as the store has it is read as it is', () => {
  const minute = {
    cluster: 'plant',
    broker: 'b1',
    minute: '2026-11-02T06:00:00.000Z',
    coverage: 0.5,
    connects: 3,
    refused: 2,
    refusedByCode: { '5': 2 },
    disconnects: { session_taken_over: 4 },
    abnormal: 3,
    connected: 10,
    gauges: { cpu_percent: 3.5 },
    topClients: [{ clientId: 'p', disconnects: 3, attempts: 4, takeovers: 3, peers: ['10.0.0.1'] }],
    topPeers: [{ peer: '10.0.0.1', disconnects: 3 }],
    watched: [{ clientId: 'p', online: true, at: '2026-11-02T06:00:10.000Z' }],
  }
  const remarks = createRemarks(() => undefined)
  const read = createReader(remarks)
  expect(read({ ...minute, band: { expected: 1, upper: 2 } }, 1)?.minute).toEqual(minute)
  const { abnormal, ...without } = minute
  expect(read(without, 2)?.minute).toEqual({ ...minute, abnormal })
  expect(remarks.closing()).toEqual([])
})
