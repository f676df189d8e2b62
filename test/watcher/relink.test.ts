import { expect, test } from 'vitest'
import { ConnectionSchema } from '../../domain/feed.ts'
import type { Ending } from '../../watcher/ending.ts'
import { relink } from '../../watcher/relink.ts'

const silent: Ending = { words: 'reset before CONNACK', loginRefused: false, refusesLevel5: 'silent' }
const said: Ending = { ...silent, refusesLevel5: 'said' }
const refused: Ending = { words: 'connection refused', loginRefused: false }

/** The levels that are tried against these endings of MQTT 5, until there are no more. */
async function levelsTried(endings: readonly Ending[]): Promise<number[]> {
  const connection = ConnectionSchema.parse({ reconnectPeriod: 100 })
  const stopping = new AbortController()
  const levels: number[] = []
  const left = [...endings]
  await relink({
    connection,
    live: async (protocol) => {
      levels.push(protocol)
      const ending = protocol === 4 ? refused : left.shift()
      if (ending === undefined) stopping.abort()
      return { ending: ending ?? refused, lastedMs: 0 }
    },
    workingLevel: () => undefined,
    down: () => undefined,
    log: () => undefined,
    random: () => 0,
    stopping: stopping.signal,
  })
  return levels
}

test('MQTT 3.1.1 is tried at once where the broker says that it is older', async () => {
  expect(await levelsTried([said])).toEqual([5, 4, 5])
})

test('a network that resets now and then is not taken for an older broker: that would end the session kept for us', async () => {
  expect(await levelsTried([silent, silent, refused, silent, silent])).toEqual([5, 5, 5, 5, 5, 5])
  expect(await levelsTried([silent, silent, silent, silent])).toEqual([5, 5, 5, 4, 5, 5])
})
