/** What is loaded later may be missing: a page was deployed anew, or is offline. */
import { afterEach, expect, it, vi } from 'vitest'
import { createCleanup, until } from '../watcher/stage.ts'
import { inSession } from './kinds.ts'
import { noCertificates } from './stage.ts'
import { startClient, watch } from './watching.ts'

vi.mock('../../observe/claims.ts', () => {
  throw new Error('claims are gone')
})
// Other files of this test import it too.
vi.mock('../../observe/options.ts', async (load) => ({
  ...(await load<object>()),
  watchNext: () => {
    throw new Error('the hooks are gone')
  },
}))
const cleanup = createCleanup()
afterEach(cleanup.run)

it('costs the claims and the close codes alone: the causes are told, and the application goes on', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  cleanup.defer(() => said.mockRestore())
  const leaves = inSession((peer) => peer.closeWebSocket(4001))()
  const client = await startClient({ certificates: noCertificates, cleanup }, leaves, { reconnectPeriod: 10 }, 'ws')
  client.on('connect', () => client.publish('go', ''))
  const log = vi.fn<(line: string) => void>()
  const { closes, observer } = watch(client, { publish: true, log })
  await until('three closes', () => closes().length >= 3)
  expect(new Set(closes().map(({ cause, code }) => `${cause} ${code}`))).toEqual(new Set(['ws_close undefined']))
  expect(said).toHaveBeenCalled()
  expect(log).not.toHaveBeenCalled()
  await expect(observer.observed()).rejects.toThrow('mocking a module')
})
