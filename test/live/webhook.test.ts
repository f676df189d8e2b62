/** From a broker that calls out to the HTTP API, through the synthesized assembly: the route, the secret, the queue, the record. */
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startSystem, type System } from '../../local/system.ts'
import { createCleanup, removeFolder, until } from '../watcher/stage.ts'

const cleanup = createCleanup()
const token = 'the-token-of-the-cloud-1234567890'
const nextToken = 'the-next-token-of-the-cloud-1234567890'
const key = 'the-key-of-the-plant-1234567890'
const connectedAtMs = Date.now() - 60_000
const disconnectedAtMs = connectedAtMs + 30_000
let system: System
let secretsFile: string

function writeSecrets(cloud: object): void {
  writeFileSync(
    secretsFile,
    JSON.stringify({ 'cloud/webhook': cloud, 'plant/webhook': { token: key, hmacKeys: [key] } }),
    {
      mode: 0o600,
    },
  )
}

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-webhook-'))
  cleanup.defer(() => removeFolder(folder))
  secretsFile = join(folder, 'keepwatch.secrets.json')
  writeSecrets({ tokens: [token] })
  const settingsFile = join(folder, 'keepwatch.json')
  const clusters = [
    { name: 'cloud', dialect: 'emqx', webhook: { secret: 'cloud/webhook' } },
    { name: 'plant', dialect: 'mosquitto', webhook: { secret: 'plant/webhook' } },
  ]
  writeFileSync(settingsFile, JSON.stringify({ clusters }))
  system = await startSystem({
    settingsFile,
    dataFolder: join(folder, 'data'),
    assemblyFolder: join(folder, 'assembly'),
    port: 0,
    firstScheduleAfterMs: 3_600_000,
  })
  cleanup.defer(async () => system.stop())
}, 180_000)
afterAll(async () => cleanup.run(), 60_000)

async function post(path: string, body: string, headers: Record<string, string>) {
  const all = { 'content-type': 'application/json', ...headers }
  const answer = await fetch(`${system.url}/v1/feeds/${path}`, { method: 'POST', headers: all, body })
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.json() }
}
const asCloud = async (event: object, given = token) =>
  post('cloud', JSON.stringify(event), { authorization: `Bearer ${given}` })

async function history(cluster: string, clientId: string): Promise<any[]> {
  const answer = await fetch(`${system.url}/v1/clients/events?cluster=${cluster}&clientId=${clientId}`)
  const { events } = (await answer.json()) as { events: any[] }
  return events
}

const ofPump = {
  clientid: 'pump-17',
  username: 'undefined',
  peername: '10.1.2.3:52312',
  node: 'emqx@10.0.0.1',
  proto_name: 'MQTT',
  proto_ver: 5,
  connected_at: connectedAtMs,
  timestamp: disconnectedAtMs,
}

it('EMQX’s rule events become the client’s history, once however often they are sent', async () => {
  const connected = { ...ofPump, event: 'client.connected', keepalive: 60, clean_start: true }
  const disconnected = {
    ...ofPump,
    event: 'client.disconnected',
    reason: 'keepalive_timeout',
    disconnected_at: disconnectedAtMs,
  }
  const refused = { ...ofPump, event: 'client.connack', reason_code: 'banned', timestamp: disconnectedAtMs + 1 }
  for (const event of [connected, disconnected, disconnected, connected, refused]) {
    expect(await asCloud(event)).toMatchObject({ status: 200, body: { result: 'ok', events: 1, rejected: 0 } })
  }
  await until('the refusal', async () => (await history('cloud', 'pump-17')).some(({ type }) => type === 'refused'))
  const events = await history('cloud', 'pump-17')
  expect(events.map(({ type, cause, broker }) => [type, cause, broker])).toEqual([
    ['refused', 'kicked', 'emqx@10.0.0.1'],
    ['disconnected', 'keepalive_timeout', 'emqx@10.0.0.1'],
    ['connected', undefined, 'emqx@10.0.0.1'],
  ])
  expect(events[1]).toMatchObject({ at: new Date(disconnectedAtMs).toISOString(), peer: '10.1.2.3', view: 'broker' })
}, 60_000)

it('the plain form, signed, becomes an event at the broker that the URL names', async () => {
  const body = JSON.stringify({ type: 'disconnected', clientId: 'valve-3', at: disconnectedAtMs, cause: 'network_eof' })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex')
  const headers = { 'x-keepwatch-timestamp': timestamp, 'x-keepwatch-signature': `sha256=${signature}` }
  expect((await post('plant?broker=edge-1', body, headers)).status).toBe(200)
  await until('the end of valve-3', async () => (await history('plant', 'valve-3')).length === 1)
  expect((await history('plant', 'valve-3'))[0]).toMatchObject({ cause: 'network_eof', broker: 'edge-1' })
}, 60_000)

it('a wrong token, the token of this machine and a cluster there is not are refused alike', async () => {
  const guesses = await Promise.all([
    asCloud(ofPump, 'a-guess'),
    asCloud(ofPump, system.token),
    post('nowhere', '{}', { authorization: `Bearer ${token}` }),
    post('plant', '{}', { authorization: `Bearer ${token}` }),
  ])
  for (const guess of guesses) expect(guess).toMatchObject({ status: 401, type: 'application/problem+json' })
  expect(new Set(guesses.map(({ body }) => JSON.stringify(body))).size).toBe(1)
})

it('a new token in the secret counts within seconds, without a restart', async () => {
  expect((await asCloud(ofPump, nextToken)).status).toBe(401)
  writeSecrets({ tokens: [nextToken, token] })
  const plain = { type: 'connected', clientId: 'pump-18', at: connectedAtMs, broker: 'emqx@10.0.0.1' }
  await until('the new token', async () => (await asCloud(plain, nextToken)).status === 200)
  expect((await asCloud(plain, token)).status).toBe(200)
})

it('the examples of the guide work as they stand there', async () => {
  const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'webhooks.md'), 'utf8')
  const examples = [...guide.matchAll(/```sh\n([^`]*curl[^`]*)```/g)].map(([, text = '']) => text)
  expect(examples).toHaveLength(3)
  const env = { ...process.env, KEEPWATCH_URL: system.url, TOKEN: key, KEY: key }
  for (const example of examples) {
    const { stdout } = await promisify(execFile)('bash', ['-euc', example], { env })
    expect(JSON.parse(stdout)).toEqual({ result: 'ok', events: 1, rejected: 0 })
  }
  await until('both events', async () => (await history('plant', 'pump-17')).length === 2)
  const causes = (await history('plant', 'pump-17')).map(({ cause }) => cause)
  expect(causes).toContain('keepalive_timeout')
}, 60_000)

it('the function uses every grant it has', () => {
  expect(system.unusedGrants().filter(({ role }) => role.startsWith('Feed'))).toEqual([])
})

it('coverage names the webhook', async () => {
  const answer = await fetch(`${system.url}/v1/coverage`)
  expect(JSON.stringify(await answer.json())).toContain('"feed":"webhook"')
})
