/** A broker that publishes figures and no connections is watched for its figures, and the feed says what is missing. */
import { afterEach, expect, test } from 'vitest'
import { dialects } from '../../domain/dialects/index.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { createSecrets } from '../../watcher/secrets.ts'
import { startWatcher } from '../../watcher/watcher.ts'
import { createCleanup, createQueue, freePort, startAedes, until } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

async function stage(others: object) {
  const port = await freePort()
  const broker = await startAedes(port)
  cleanup.defer(async () => broker.kill())
  const feed = { broker: 'flashmq-1', url: `mqtt://127.0.0.1:${port}` }
  const checked = checkSettings({ clusters: [{ name: 'plant', dialect: 'flashmq', feeds: [feed], ...others }] })
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  const queue = createQueue()
  const fetchSecret = async () => Promise.reject(new Error('no secrets here'))
  const secrets = createSecrets({ fetchSecret, now: Date.now })
  const watcher = startWatcher({
    settings: checked.settings,
    slot: 'a',
    dialects,
    ship: queue.send,
    secrets,
    log: () => undefined,
  })
  cleanup.defer(async () => watcher.stop({ deadlineMs: 2000 }))
  await until('the feed to be up', () => watcher.feeds()[0]?.state === 'up')
  await broker.publish('$SYS/broker/clients/total', '12')
  await until('the figure', () => queue.samples().length > 0)
  // At the turn of a minute it is told again.
  expect(queue.samples()[0]).toMatchObject({ broker: 'flashmq-1', name: 'connected', value: 12 })
  return watcher.feeds()[0]!
}

test('without a webhook it covers its figures, and says that there is nothing else', async () => {
  const report = await stage({})
  expect(report.problem).toContain('only figures are recorded')
  expect(report.seenUntil).toBeDefined()
})

test('with a webhook it covers nothing: what is pushed says how much was seen', async () => {
  const report = await stage({ webhook: { secret: 'keys' } })
  expect(report.problem ?? '').not.toContain('figures')
  expect(report).not.toHaveProperty('seenUntil')
})
