/** Whatever is asked of the functions, what they answer is what the description says: fast-check looks for the exception. */
import process from 'node:process'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createQueryApp } from '../../lambdas/query/app.ts'
import type { PlainResponse } from '../../local/http-event.ts'
import { contractOf, type Described, operationsOf } from './description.ts'
import { documented, undocumented } from './inputs.ts'
import { type Asked, startContractStage } from './stage.ts'

/**
 * As many requests of each kind to each operation, other ones each time or those of a seed that failed:
 * `KEEPWATCH_CONTRACT_RUNS=2000 KEEPWATCH_CONTRACT_SEED=7 npx vitest run test/contracts --testTimeout 600000`
 */
const { KEEPWATCH_CONTRACT_RUNS: runs, KEEPWATCH_CONTRACT_SEED: seed } = process.env
const options = {
  numRuns: Number(runs ?? 25),
  ...(runs !== undefined && seed === undefined ? {} : { seed: Number(seed ?? 20261122) }),
}

const description: any = await (
  await createQueryApp({
    settings: { clusters: [] } as never,
    tables: {} as never,
    nowMs: () => 0,
    log: { error: (...fault: unknown[]) => expect.unreachable(JSON.stringify(fault)) },
  }).request('/v1/openapi.json')
).json()
const operations = operationsOf(description)
const { faultOf } = contractOf(description)
let stage: Awaited<ReturnType<typeof startContractStage>>
const cursors: string[] = []
const titleOf = ({ method, path }: Described) => `${method} ${path}`

beforeAll(async () => {
  stage = await startContractStage()
  const lists = [
    '/v1/alerts?limit=2',
    '/v1/brokers?limit=2',
    '/v1/clients/events?clientId=pump-1&cluster=plant&limit=2',
    '/v1/clusters/plant/minutes?limit=2',
    '/v1/clusters/plant/brokers/b1/events?limit=2',
    '/v1/clusters/plant/brokers/b1/minutes?limit=2',
  ]
  for (const target of lists) {
    const { next } = JSON.parse((await stage.ask({ method: 'GET', target })).body.toString())
    if (next === undefined) throw new Error(`${target} has no next page`)
    cursors.push(next)
  }
})
afterAll(async () => stage.stop())

/** Nothing of how it is made, and nothing of where it lies. */
const leaks =
  /\n\s+at |node:internal|node_modules|\.ts:\d|Exception\b|DynamoDB|clusterClient|atBrokerId|clusterBroker|openedAtId/

/** In which ways an answer is none that anybody could count on. */
function faultsOf(operation: Described, asked: Asked, answer: PlainResponse): string[] {
  const text = answer.body.toString()
  const faults: string[] = []
  if (answer.status >= 500) faults.push(`status ${answer.status}`)
  const leak = leaks.exec(text)?.[0]
  if (leak !== undefined) faults.push(`it tells ${leak}`)
  const isProblem = answer.headers['content-type'] === 'application/problem+json'
  // What leads to no function at all, API Gateway answers.
  if (answer.status >= 400 && !isProblem && 'cache-control' in answer.headers) faults.push('it is no problem')
  if (isProblem && JSON.parse(text).status !== answer.status) faults.push('it tells another status')
  const fault = isOf(operation, asked) ? faultOf(operation, answer) : undefined
  return fault === undefined ? faults : [...faults, fault]
}

/** Whether it still leads to this operation, after all that was done to it. */
function isOf({ method, path }: Described, asked: Asked): boolean {
  const pattern = path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[\\w@.-]+')
  const [target = ''] = asked.target.split('?')
  return asked.method === method && new RegExp(`^${pattern}$`).test(target) && !asked.target.includes('#')
}

/** What no schema can say: an end before its begin, a cursor of another list, a cluster that there is not. */
const wrongTogether = ['to', 'from', 'cursor', 'cluster']

function parameterOf(answer: PlainResponse): string | undefined {
  return answer.status === 400 ? JSON.parse(answer.body.toString()).parameter : undefined
}

describe.each(operations.map((operation) => ({ title: titleOf(operation), operation })))('$title', ({ operation }) => {
  it('answers what is documented with what is documented', async () => {
    const statuses: number[] = []
    await fc.assert(
      fc.asyncProperty(documented(operation, cursors), async (asked) => {
        const answer = await stage.ask(asked)
        statuses.push(answer.status)
        expect(faultsOf(operation, asked, answer)).toEqual([])
        expect([undefined, ...wrongTogether]).toContain(parameterOf(answer))
        expect([200, 400, 404, 406, 409]).toContain(answer.status)
      }),
      options,
    )
    expect(statuses).toContain(200)
  })

  it('answers what is not documented with a problem, or as if it were not there', async () => {
    await fc.assert(
      fc.asyncProperty(undocumented(operation, cursors), async (asked) => {
        expect(faultsOf(operation, asked, await stage.ask(asked))).toEqual([])
      }),
      options,
    )
    expect(stage.faults).toEqual([])
  })
})
