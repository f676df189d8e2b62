import { expect, test } from 'vitest'
import { faultNames } from './faults.ts'
import { runChaos } from './run.ts'

/** One order of faults here; CHAOS_SEED chooses another, and the long form another each time. */
const seed = Number(process.env['CHAOS_SEED'] ?? 1)

test('through every fault that is over before the broker forgets, each event it published is stored once', async () => {
  const lines: string[] = []
  const outcome = await runChaos({
    seed,
    clients: 300,
    meanStayMs: 4000,
    stormSize: 1500,
    longestMs: 5000,
    longestCalmMs: 3500,
    lasts: 'once',
    say: (line) => void lines.push(line),
  })
  const { published, stored, withBroker, indistinguishable } = outcome
  const shown = { seed, published, stored, inGaps: outcome.inGaps, withBroker, indistinguishable }
  process.stdout.write(`chaos: ${JSON.stringify({ ...shown, unexplained: outcome.unexplained.length })}\n`)
  const { unexplained, falseEnds, surplus, inGaps, duplicates, invented, rejected, unwitnessed } = outcome
  const story = [`CHAOS_SEED=${seed}`, ...lines, JSON.stringify(outcome)].join('\n')
  const amiss = { unexplained, falseEnds, surplus, inGaps, duplicates, invented, rejected, unwitnessed }
  expect(amiss, story).toEqual({
    unexplained: [],
    falseEnds: [],
    surplus: [],
    inGaps: 0,
    duplicates: 0,
    invented: 0,
    rejected: 0,
    unwitnessed: 0,
  })
  expect(new Set(Object.keys(outcome.faults))).toEqual(new Set(faultNames))
  expect(outcome.published).toBeGreaterThan(1500)
}, 180_000)
