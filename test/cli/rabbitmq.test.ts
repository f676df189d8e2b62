/** The doctor at a real RabbitMQ node: login over AMQP, a probe over MQTT, rights and plugins that are missing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isRabbitInstalled, type RabbitNode, startRabbit } from '../rabbitmq.ts'
import { makeCertificates, mosquittoFolder, removeFolder } from '../watcher/stage.ts'
import { examined } from './stage.ts'

const least = { configure: '^keepwatch-', write: '^keepwatch-', read: String.raw`^(keepwatch-|amq\.rabbitmq\.event$)` }
const definitions = {
  vhosts: [{ name: '/' }, { name: 'bare' }],
  users: [
    { name: 'keepwatch', password: 'keepwatch-password', tags: ['monitoring'] },
    { name: 'blind', password: 'blind-password', tags: ['management'] },
  ],
  permissions: [
    { user: 'keepwatch', vhost: '/', ...least },
    { user: 'keepwatch', vhost: 'bare', ...least },
    { user: 'blind', vhost: '/', ...least, read: '^keepwatch-' },
  ],
}

if (!isRabbitInstalled && process.env['CI'] === undefined) {
  console.warn('SKIPPED: RabbitMQ is not installed (apt-get install rabbitmq-server); the doctor does not look at it.')
}

describe.skipIf(!isRabbitInstalled && process.env['CI'] === undefined)('the doctor at RabbitMQ', () => {
  const folder = mosquittoFolder()
  let rabbit: Awaited<ReturnType<typeof startRabbit>> | undefined
  let node: RabbitNode

  beforeAll(async () => {
    makeCertificates(folder)
    rabbit = await startRabbit({ nodes: 1, definitions, certificates: folder })
    const [only] = rabbit.nodes
    if (only === undefined) throw new Error('no node')
    node = only
  }, 120_000)
  afterAll(async () => {
    await rabbit?.stop()
    removeFolder(folder)
  }, 60_000)

  interface Asking {
    readonly user: string
    readonly vhost?: string
    readonly args?: readonly string[]
  }

  async function ask({ user, vhost = '', args = [] }: Asking) {
    const api = { url: `http://127.0.0.1:${node.apiPort}`, secret: user }
    const feed = { url: `amqp://127.0.0.1:${node.amqpPort}/${vhost}`, username: user, secret: user, api }
    const login = { username: user, password: `${user}-password` }
    const clusters = [{ name: 'plant', dialect: 'rabbitmq', feeds: [feed] }]
    const probe = ['--probe', `mqtt://127.0.0.1:${node.mqttPort}`, '--timeout', '10']
    return examined({ folder, clusters, secrets: { [user]: login } }, ...probe, ...args)
  }

  it('is well with the rights that the guide names: events, clock, queue, version and the list of clients', async () => {
    const { code, statuses, check } = await ask({ user: 'keepwatch' })
    expect(statuses()).toEqual({
      secret: 'ok',
      dns: 'ok',
      tcp: 'ok',
      tls: 'skipped',
      login: 'ok',
      topics: 'ok',
      events: 'ok',
      clock: 'ok',
      session: 'ok',
      version: 'ok',
      api: 'ok',
    })
    expect(code).toBe(0)
    expect(check('session').facts).toMatchObject({ resumed: true, kept: true })
    expect(check('version').found).toMatch(/^RabbitMQ \d+\.\d+/)
    const authorization = `Basic ${Buffer.from('keepwatch:keepwatch-password').toString('base64')}`
    const answer = await fetch(`http://127.0.0.1:${node.apiPort}/api/queues/%2f`, { headers: { authorization } })
    const queues = ((await answer.json()) as { name: string }[]).map(({ name }) => name)
    expect(queues.filter((name) => !name.endsWith('-witness'))).toEqual([])
  }, 60_000)

  it('says that rights are missing, and the command that gives them', async () => {
    const { code, check } = await ask({ user: 'blind' })
    expect(code).toBe(1)
    expect(check('login').status).toBe('ok')
    expect(check('topics')).toMatchObject({ status: 'failed', found: expect.stringContaining('set_permissions') })
    expect(check('api')).toMatchObject({ status: 'failed', found: expect.stringContaining('set_user_tags') })
  }, 60_000)

  it('cannot send a probe where no MQTT listens, and asks where to', async () => {
    const { code, check } = await ask({ user: 'keepwatch', args: ['--probe', 'mqtt://127.0.0.1:1'] })
    expect(code).toBe(0)
    expect(check('events')).toMatchObject({ status: 'skipped', advice: [{ text: expect.stringContaining('--probe') }] })
    expect(check('session').facts).toMatchObject({ resumed: true })
  }, 60_000)

  it('names the plugin where there is no exchange for events', async () => {
    const { code, check } = await ask({ user: 'keepwatch', vhost: 'bare' })
    expect(code).toBe(1)
    expect(check('topics').found).toContain('rabbitmq-plugins enable rabbitmq_event_exchange')
  }, 60_000)

  it('is refused with a wrong password, and says whose secret to look at', async () => {
    const { code, check } = await ask({ user: 'nobody' })
    expect(code).toBe(1)
    expect(check('login')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('check the secret "nobody"'),
    })
    expect(check('events').status).toBe('skipped')
  }, 60_000)
})
