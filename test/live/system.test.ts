import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { startSystem, type System } from '../../local/system.ts'
import {
  createCleanup,
  freePort,
  mosquittoFolder,
  removeFolder,
  startAedes,
  startMosquitto,
  until,
} from '../watcher/stage.ts'
import { blackHole, connected, refused, socketOf } from './faults.ts'

const cleanup = createCleanup()
const recordings = join(import.meta.dirname, '..', 'recordings', 'emqx.jsonl')
let system: System
let mosquittoPort: number
let emqx: Awaited<ReturnType<typeof startAedes>>

/** A mosquitto as the guide sets it up, and a broker that publishes EMQX's payloads under EMQX's topics. */
beforeAll(async () => {
  mosquittoPort = await freePort()
  const emqxPort = await freePort()
  const folder = mosquittoFolder()
  cleanup.defer(() => removeFolder(folder))
  // alice's password is "right", as mosquitto_passwd writes it.
  writeFileSync(join(folder, 'passwords'), passwordLine('alice', 'right'), { mode: 0o644 })
  const mosquitto = await startMosquitto(
    mosquittoPort,
    [
      `listener ${mosquittoPort} 127.0.0.1`,
      'allow_anonymous true',
      'password_file DIR/passwords',
      'log_dest topic',
      'connection_messages true',
      'sys_interval 1',
    ],
    folder,
  )
  cleanup.defer(async () => mosquitto.stop())
  emqx = await startAedes(emqxPort)
  cleanup.defer(async () => emqx.kill())
  const settingsFile = join(folder, 'keepwatch.json')
  const url = (port: number) => `mqtt://127.0.0.1:${port}`
  const clusters = [
    { name: 'plant', dialect: 'mosquitto', feeds: [{ broker: 'mosquitto-1', url: url(mosquittoPort) }] },
    { name: 'cloud', dialect: 'emqx', feeds: [{ url: url(emqxPort) }] },
  ]
  writeFileSync(settingsFile, JSON.stringify({ clusters }))
  system = await startSystem({
    settingsFile,
    dataFolder: join(folder, 'data'),
    assemblyFolder: join(folder, 'assembly'),
    port: 0,
  })
  cleanup.defer(async () => system.stop())
  await until(
    'both feeds to be up in both watchers',
    async () => {
      const health = await get('/v1/health')
      return health.watch.length === 4 && health.watch.every((feed: any) => feed.state === 'up')
    },
    60_000,
  )
}, 180_000)
afterAll(async () => cleanup.run(), 60_000)

/** A line of mosquitto's password file: PBKDF2 with SHA-512. */
function passwordLine(user: string, password: string): string {
  const salt = randomBytes(12)
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512')
  return `${user}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}\n`
}

async function get(path: string): Promise<any> {
  const answer = await fetch(`${system.url}${path}`)
  return answer.json()
}

const history = async (cluster: string, clientId: string): Promise<any[]> =>
  (await get(`/v1/clients/events?cluster=${cluster}&clientId=${encodeURIComponent(clientId)}`)).events

describe('a real mosquitto, from its log lines to the API', () => {
  it.each([
    ['a goodbye', 'ends', 'client_requested', async () => (await connected(mosquittoPort, 'ends')).endAsync()],
    ['a socket FIN', 'fin', 'network_eof', async () => socketOf(await connected(mosquittoPort, 'fin')).end()],
    [
      'a socket RST',
      'rst',
      'network_eof',
      async () => socketOf(await connected(mosquittoPort, 'rst')).resetAndDestroy(),
    ],
  ])('%s of %s is recorded as %s', async (_, clientId, cause, happen) => {
    await happen()
    await until(`the end of ${clientId}`, async () => (await history('plant', clientId)).length === 2)
    const [end, start] = await history('plant', clientId)
    expect([end.type, end.cause, end.origin, end.broker]).toEqual(['disconnected', cause, 'broker', 'mosquitto-1'])
    expect([start.type, start.protocol, start.own]).toEqual(['connected', 4, false])
    expect(start.peer).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(end.session.connectedAt).toBe(start.at)
  })

  it('a path that swallows everything is recorded as keepalive_timeout', async () => {
    const hole = await blackHole(mosquittoPort)
    const client = await connected(hole.port, 'hole', { keepalive: 2 })
    hole.swallow()
    await until('the end of hole', async () => (await history('plant', 'hole')).length === 2, 40_000)
    client.end(true)
    await hole.close()
    const [end] = await history('plant', 'hole')
    expect([end.cause, end.initiator]).toEqual(['keepalive_timeout', 'server'])
  }, 60_000)

  it('a second connection with the same id takes over the first', async () => {
    await connected(mosquittoPort, 'twin')
    const second = await connected(mosquittoPort, 'twin')
    await second.endAsync()
    await until('the end of twin', async () => (await history('plant', 'twin')).length === 4)
    const events = await history('plant', 'twin')
    expect(events.map((event) => event.cause ?? event.type)).toEqual([
      'client_requested',
      'connected',
      'session_taken_over',
      'connected',
    ])
  })

  it('a wrong password is refused, without a client id, and found at the broker', async () => {
    await refused(mosquittoPort, 'wrong', { username: 'alice', password: 'wrong' })
    const path = '/v1/clusters/plant/brokers/mosquitto-1/events?type=refused'
    await until('the refusal', async () => (await get(path)).events.length > 0)
    const [event] = (await get(path)).events
    expect([event.cause, event.clientId]).toEqual(['not_authorized', undefined])
    const client = await connected(mosquittoPort, 'right', { username: 'alice', password: 'right' })
    await client.endAsync()
    await until('the end of right', async () => (await history('plant', 'right')).length === 2)
    expect((await history('plant', 'right'))[1].username).toBe('alice')
  })

  it('hostile client ids are recorded as they are', async () => {
    const ids = ['a b/c closed its connection.', '"quoted" é 😀', 'x (p2, c1, k60).']
    for (const id of ids) {
      await (await connected(mosquittoPort, id)).endAsync()
      await until(`the end of ${id}`, async () => (await history('plant', id)).length === 2)
      expect((await history('plant', id))[0].cause).toBe('client_requested')
    }
  })
})

describe('EMQX’s payloads under EMQX’s topics', () => {
  it('every connected and disconnected is stored at its node, with EMQX’s reason', async () => {
    const messages = readFileSync(recordings, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const now = Date.now()
    const sent = messages
      .filter((message) => /\/clients\/.*\/(connected|disconnected)$/.test(message.topic))
      // The recording is old; its stamps are moved to now, as a broker would write them.
      .map((message) => ({ ...message, payload: message.payload.replace(/\b1[67]\d{11}\b/g, String(now)) }))
    for (const { topic, payload } of sent) await emqx.publish(topic, payload)
    const expected = sent
      .map((message) => ({ topic: message.topic, body: JSON.parse(message.payload) }))
      .filter(({ body }) => typeof body.clientid === 'string')
    expect(expected.length).toBeGreaterThan(3)
    for (const { topic, body } of expected) {
      await until(`the event of ${body.clientid}`, async () => {
        const events = await history('cloud', body.clientid)
        return events.some(
          (event) => event.broker === topic.split('/')[2] && (event.reason ?? '') === (body.reason ?? ''),
        )
      })
    }
  })
})

describe('two watchers', () => {
  it('what both saw is stored once', async () => {
    await (await connected(mosquittoPort, 'seen-twice')).endAsync()
    await until('the end of seen-twice', async () => (await history('plant', 'seen-twice')).length === 2)
    const [end] = await history('plant', 'seen-twice')
    await until('both to have told of that time', async () => {
      const { feeds } = await get('/v1/coverage')
      const told = feeds.filter((feed: any) => feed.cluster === 'plant' && feed.seenUntil > end.at)
      return new Set(told.map((feed: any) => feed.watcher)).size === 2
    })
    expect(await history('plant', 'seen-twice')).toHaveLength(2)
  })

  it('while one is down the other goes on, and the one comes back', async () => {
    const [first = 0] = system.watcherPids()
    process.kill(first, 'SIGKILL')
    await until('its end', () => system.watcherPids().length === 1)
    await (await connected(mosquittoPort, 'spared')).endAsync()
    await until('the end of spared', async () => (await history('plant', 'spared')).length === 2)
    await until('two processes', () => system.watcherPids().length === 2)
    expect(system.watcherPids()).not.toContain(first)
  }, 60_000)
})

describe('what bad input gets', () => {
  it('a poison message lands in the dead-letter queue with its reason; the stream goes on', async () => {
    const { sqs } = system.administrator
    const dead = system.plan.queues.find((queue) => /rejected/i.test(queue.name))
    const batches = system.plan.queues.find((queue) => /batches/i.test(queue.name) && queue !== dead)
    await sqs.send(new SendMessageCommand({ QueueUrl: batches?.url, MessageBody: 'poison' }))
    await (await connected(mosquittoPort, 'after')).endAsync()
    const letter = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: dead?.url, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }),
    )
    expect(letter.Messages?.[0]?.Body).toBe('poison')
    expect(letter.Messages?.[0]?.MessageAttributes?.['reason']?.StringValue).toBe('not_zstd')
    await until('the end of after', async () => (await history('plant', 'after')).length === 2)
  }, 60_000)
})
