/** What a request costs: how long it takes, and what the engine looked at for it. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'

export interface Cost {
  readonly requests: number
  /** Items that the engine looked at. */
  readonly items: number
  /** Read capacity units, as DynamoDB would count them. */
  readonly capacity: number
}

const CapacitySchema = z.object({ CapacityUnits: z.optional(z.number()) })
const OutputSchema = z.object({
  ScannedCount: z.optional(z.number()),
  Item: z.optional(z.unknown()),
  Responses: z.optional(z.record(z.string(), z.array(z.unknown()))),
  ConsumedCapacity: z.optional(z.union([CapacitySchema, z.array(CapacitySchema)])),
})

/** Counts what a client reads from now on. `take` says how much since it was last taken. */
export function meterOf(client: DynamoDBClient): { readonly take: () => Cost } {
  let cost = { requests: 0, items: 0, capacity: 0 }
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } })
      const { ScannedCount, Item, Responses = {}, ConsumedCapacity = [] } = OutputSchema.parse(answer.output)
      const capacity = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
      const items = ScannedCount ?? Object.values(Responses).flat().length + (Item === undefined ? 0 : 1)
      cost = { requests: cost.requests + 1, items: cost.items + items, capacity: cost.capacity + capacity }
      return answer
    },
    { step: 'initialize', name: 'meter' },
  )
  return {
    take: () => {
      const taken = cost
      cost = { requests: 0, items: 0, capacity: 0 }
      return taken
    },
  }
}

/** Milliseconds of each of so many runs, one after the other. */
export async function timesOf(runs: number, run: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < runs; n += 1) {
    const startedMs = performance.now()
    await run()
    times.push(performance.now() - startedMs)
  }
  return times
}

/** The figure below which such a share of all lies. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
