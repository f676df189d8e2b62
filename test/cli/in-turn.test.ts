import { expect, test } from 'vitest'
import { inTurn } from '../../cli/doctor/in-turn.ts'

test('results come in the order of their sources, whichever is faster, and no more run than are allowed', async () => {
  const letGo = Promise.withResolvers<string>()
  const running = { now: 0, most: 0 }
  async function* source(...values: (string | Promise<string>)[]) {
    running.now += 1
    running.most = Math.max(running.most, running.now)
    for (const value of values) yield await value
    // The first is let go only by one that comes after it.
    if (values.includes('four')) letGo.resolve('two')
    running.now -= 1
  }
  const sources = [source('one', letGo.promise), source('three'), source('four'), source('five', 'six')]
  const got: string[] = []
  for await (const { source: index, value } of inTurn(sources, 2)) got.push(`${index} ${value}`)
  expect(got).toEqual(['0 one', '0 two', '1 three', '2 four', '3 five', '3 six'])
  expect(running).toEqual({ now: 0, most: 2 })
})

test('a fault of a source reaches whoever reads', async () => {
  async function* broken() {
    yield await Promise.resolve(1)
    throw new Error('a fault of ours')
  }
  const reading = inTurn([broken()], 1)
  expect(await reading.next()).toMatchObject({ value: { source: 0, value: 1 } })
  await expect(reading.next()).rejects.toThrow('a fault of ours')
})
