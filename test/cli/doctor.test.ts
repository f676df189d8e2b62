import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { createCleanup, freePort, mosquittoFolder, removeFolder, startAedes, startMosquitto } from '../watcher/stage.ts'
import { call, configured, examined, linesOf, printed } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

const hidden = ['hunter2-of-the-plant', 'a-token-that-nobody-may-see-1', 'the-user-in-the-secret']
const wellSetUp = ['log_dest topic', 'connection_messages true', 'allow_anonymous true']

async function mosquitto(lines: readonly string[] = wellSetUp, folder = mosquittoFolder()) {
  cleanup.defer(() => removeFolder(folder))
  const port = await freePort()
  const broker = await startMosquitto(port, [...lines, `listener ${port} 127.0.0.1`], folder)
  cleanup.defer(broker.stop)
  return { folder, port, broker }
}

const watched = (port: number, more: object = {}, dialect = 'mosquitto') => [
  { name: 'plant', dialect, feeds: [{ broker: 'b1', url: `mqtt://127.0.0.1:${port}`, ...more }] },
]

describe('a broker that is well set up', () => {
  test('passes every check, with what was measured', async () => {
    const { folder, port } = await mosquitto()
    const { code, report, statuses, check } = await examined({ folder, clusters: watched(port) })
    expect({ code, status: report.status }).toEqual({ code: 0, status: 'ok' })
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
    })
    expect(check('login').facts).toMatchObject({ protocol: 5, receiveMaximum: 20 })
    const events = [
      { leaving: 'goodbye', type: 'connected', arrived: true },
      { leaving: 'goodbye', type: 'disconnected', arrived: true, cause: 'client_requested' },
      { leaving: 'cut', type: 'connected', arrived: true },
      { leaving: 'cut', type: 'disconnected', arrived: true, cause: 'network_eof' },
    ]
    expect(check('events').facts).toMatchObject({ events })
    expect(check('clock').facts).toMatchObject({ resolutionMs: 1000 })
    expect(check('session').facts).toMatchObject({ resumed: true, kept: true, keepsSeconds: 20 })
    expect(linesOf(check('session'))).toContain('max_queued_messages 100000')
    expect(check('version').found).toMatch(/^mosquitto version 2\./)
  })

  test('is shown in at most 100 columns, and keeps no session of ours', async () => {
    const { folder, port } = await mosquitto()
    const setting = { folder, clusters: watched(port) }
    const { code, text } = await call(...configured(setting))
    expect(code).toBe(0)
    expect(text).toMatch(/^ok {7}configuration {2}/)
    expect(text).toContain(`plant/b1 · mosquitto · mqtt://127.0.0.1:${port}`)
    expect(text).toMatch(/All is well: 11 checks, 1 skipped\.\n$/)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(text).not.toContain('\u001B')

    const { check } = await examined(setting)
    const clientId = `${String(check('login').facts?.['clientId'])}-kept`
    const options = { clientId, clean: false, reconnectPeriod: 0 }
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, options)
    const isKept = await new Promise((resolve) =>
      client.once('connect', ({ sessionPresent }) => resolve(sessionPresent)),
    )
    await client.endAsync()
    expect(isKept).toBe(false)
  })
})

describe('a mosquitto that does not tell', () => {
  test('lacks log_dest topic: no event arrives, and the lines for mosquitto.conf are named', async () => {
    const { folder, port } = await mosquitto(['allow_anonymous true'])
    const { code, check } = await examined({ folder, clusters: watched(port) })
    expect(code).toBe(1)
    expect(check('events')).toMatchObject({ status: 'failed', facts: { events: [{ arrived: false }, {}, {}, {}] } })
    expect(linesOf(check('events'))).toContain('log_dest topic')
    expect(linesOf(check('events'))).not.toContain('topic read $SYS/broker/#')
    expect(check('session').status).toBe('skipped')
  })

  test('has an ACL that hides $SYS: it grants every topic and stays silent, and the ACL’s lines are named', async () => {
    const folder = mosquittoFolder()
    writeFileSync(join(folder, 'acl'), 'user keepwatch\ntopic read plant/#\n')
    chmodSync(join(folder, 'acl'), 0o644)
    const { port } = await mosquitto([...wellSetUp, 'acl_file DIR/acl'], folder)
    const { code, check } = await examined({ folder, clusters: watched(port, { username: 'keepwatch' }) })
    expect(code).toBe(1)
    expect(check('topics').status).toBe('ok')
    expect(check('events').found).toContain('no message came at all')
    expect(linesOf(check('events')).slice(0, 2)).toEqual(['user keepwatch', 'topic read $SYS/broker/#'])
  })

  test('writes its log types short of notice: other messages come, and none of the probe', async () => {
    const { folder, port } = await mosquitto([...wellSetUp, 'log_type error'])
    const { check } = await examined({ folder, clusters: watched(port) })
    expect(check('events').found).toMatch(/^none of the 4 events of a probe came.*messages came/)
    expect(linesOf(check('events'))).toContain('log_type notice')
  })
})

describe('a login', () => {
  test('that is refused is said with the name of the secret, and with nothing of its contents', async () => {
    const folder = mosquittoFolder()
    writeFileSync(join(folder, 'passwords'), '')
    chmodSync(join(folder, 'passwords'), 0o644)
    const { port } = await mosquitto(['password_file DIR/passwords', 'allow_anonymous false'], folder)
    const [password, , username] = hidden
    const { code, statuses, check } = await examined({
      folder,
      clusters: watched(port, { secret: 'plant/mqtt' }),
      secrets: { 'plant/mqtt': { username, password } },
    })
    expect(code).toBe(1)
    expect(check('secret').found).toBe('"plant/mqtt" gives username, password')
    expect(check('login').found).toMatch(/refused the login: .*; check the secret "plant\/mqtt"$/)
    expect(statuses()).toMatchObject({ login: 'failed', topics: 'skipped', events: 'skipped', version: 'skipped' })
  })

  test('over 3.1.1, because the configuration says so, is well, and what is lost by it is a warning', async () => {
    const { folder, port } = await mosquitto()
    const connection = { protocolVersion: 4 }
    const { code, check } = await examined({ folder, clusters: watched(port, { connection }) })
    expect(code).toBe(0)
    expect(check('login')).toMatchObject({ status: 'warning', facts: { protocol: 4 } })
    expect(check('events').status).toBe('ok')
    expect(check('session')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('every lost link is a gap'),
    })
  })
})

describe('aedes', () => {
  test('is well over 3.1.1, without a clock or a session', async () => {
    const folder = mosquittoFolder()
    cleanup.defer(() => removeFolder(folder))
    const port = await freePort()
    const broker = await startAedes(port)
    cleanup.defer(broker.kill)
    const { code, check, statuses } = await examined({ folder, clusters: watched(port, {}, 'aedes') })
    expect(code).toBe(0)
    expect(check('login')).toMatchObject({ status: 'ok', facts: { protocol: 4 } })
    expect(check('events').facts).toMatchObject({ events: [{}, { cause: 'unknown' }, {}, { arrived: true }] })
    expect(statuses()).toMatchObject({ clock: 'skipped', session: 'skipped', version: 'skipped' })
  })

  test('that refuses $SYS: what is lost and what to allow is said for each topic', async () => {
    const folder = mosquittoFolder()
    cleanup.defer(() => removeFolder(folder))
    const port = await freePort()
    const broker = await startAedes(port, (each) => {
      each.authorizeSubscribe = (_client, subscription, done) =>
        done(null, subscription.topic.endsWith('/new/clients') ? null : subscription)
    })
    cleanup.defer(broker.kill)
    const { code, check, statuses } = await examined({ folder, clusters: watched(port, {}, 'aedes') })
    expect(code).toBe(1)
    expect(check('topics')).toMatchObject({ status: 'failed', found: '4 of 5 granted' })
    const advice = check('topics').advice?.map(({ text }) => text)
    expect(advice).toEqual([
      '$SYS/+/new/clients is refused: without it we lose connections that begin.',
      expect.stringContaining('authorizeSubscribe'),
    ])
    expect(statuses()).toMatchObject({ events: 'skipped' })
  })
})

test('nobody listens, or the host is not known: what follows is skipped, and other feeds are still looked at', async () => {
  const { folder, port } = await mosquitto()
  const feeds = [
    { broker: 'silent', url: `mqtt://127.0.0.1:${await freePort()}` },
    { broker: 'nameless', url: 'mqtt://broker.invalid' },
    { broker: 'b1', url: `mqtt://127.0.0.1:${port}` },
  ]
  const { code, report } = await examined({ folder, clusters: [{ name: 'plant', dialect: 'mosquitto', feeds }] })
  expect(code).toBe(1)
  const failures = report.feeds.map(({ feed, checks }) => [
    feed,
    checks.find(({ status }) => status === 'failed')?.name,
  ])
  expect(failures).toEqual([
    ['silent', 'tcp'],
    ['nameless', 'dns'],
    ['b1', undefined],
  ])
  expect(report.feeds[0]?.checks.find(({ name }) => name === 'tcp')?.found).toContain('nobody listens at')
  expect(report.feeds[1]?.checks.map(({ name }) => name)).toContain('version')
})

describe('clusters whose events are pushed', () => {
  test('the secret is looked at, and a line to try the webhook is given', async () => {
    const folder = mosquittoFolder()
    cleanup.defer(() => removeFolder(folder))
    const webhook = { secret: 'plant/webhook' }
    const clusters = [
      { name: 'plant', dialect: 'hivemq', webhook },
      { name: 'cloud', dialect: 'aws-iot', awsIotRule: true },
      { name: 'shy', dialect: 'hivemq', webhook: { secret: 'shy/webhook' } },
    ]
    const secrets = { 'plant/webhook': { tokens: [hidden[1]] }, 'shy/webhook': { token: 'short' } }
    const { code, report, check } = await examined({ folder, clusters, secrets })
    expect(code).toBe(1)
    expect(check('secret').status).toBe('ok')
    expect(linesOf(check('webhook')).at(-1)).toBe('  "$API/v1/feeds/plant"')
    expect(report.feeds.map(({ feed }) => feed)).toEqual(['webhook', 'aws-iot-rule', 'webhook'])
    expect(report.feeds[1]?.checks).toMatchObject([{ name: 'rule', status: 'skipped' }])
    expect(report.feeds[2]?.checks[0]).toMatchObject({ name: 'secret', status: 'failed', facts: { tooShort: 1 } })
  })
})

describe('what is given', () => {
  test('a faulty configuration: every fault, exit code 2, nothing is connected to', async () => {
    const folder = mosquittoFolder()
    cleanup.defer(() => removeFolder(folder))
    const feeds = [{ broker: 'b', url: 'http://b', password: hidden[0] }]
    const { code, report } = await examined({ folder, clusters: [{ name: 'a b', dialect: 'mosquito', feeds }] })
    expect({ code, feeds: report.feeds }).toEqual({ code: 2, feeds: [] })
    const said = report.checks[0]?.advice?.map(({ text }) => text).join('\n')
    for (const path of ['clusters[0].name', 'clusters[0].dialect', '.url', '.password']) expect(said).toContain(path)
  })

  test('no configuration, a wrong option, an unknown cluster: exit code 2 and what would be right', async () => {
    const folder = mosquittoFolder()
    cleanup.defer(() => removeFolder(folder))
    expect(await call('--config', join(folder, 'none.json'))).toMatchObject({ code: 2 })
    expect(await call('--bogus')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('no option --bogus'),
    })
    expect(await call('--timeout', '0')).toMatchObject({ code: 2 })
    expect(await call('--probe', 'mqtt://u:p@host')).toMatchObject({ code: 2 })
    const options = configured({ folder, clusters: watched(1) })
    const lost = await call(...options, '--cluster', 'plnat')
    expect(lost).toMatchObject({ code: 2, errors: expect.stringContaining('there are plant') })
    expect(await call('--help')).toMatchObject({
      code: 0,
      text: expect.stringMatching(/--timeout SECONDS +how long to wait .*\(default 10\)/),
    })
  })

  test('a secrets file that is missing, open to others, or lacks a name is said; the broker is still reached for', async () => {
    const { folder, port } = await mosquitto()
    const clusters = watched(port, { secret: 'plant/mqtt' })
    const missing = await examined({ folder, clusters })
    expect(missing.report.checks[1]).toMatchObject({ name: 'secrets', status: 'failed' })
    expect(missing.statuses()).toMatchObject({ secret: 'failed', tcp: 'ok', login: 'skipped' })

    const lacking = await examined({ folder, clusters, secrets: { 'plant/mqqt': { password: hidden[0] } } })
    expect(lacking.check('secret').found).toContain('does not hold "plant/mqtt"')

    chmodSync(join(folder, 'keepwatch.secrets.json'), 0o644)
    const open = await call('--config', join(folder, 'keepwatch.json'))
    expect(open.text.replaceAll(/\s+/g, ' ')).toContain('chmod 600')
    expect(readFileSync(join(folder, 'keepwatch.secrets.json'), 'utf8')).toContain(hidden[0])
  })
})

// The last of this file: it looks at what all before it had printed.
test('nothing that was printed holds anything of a secret', () => {
  const all = printed.join('\n')
  expect(printed.length).toBeGreaterThan(20)
  expect(hidden.filter((secret) => all.includes(secret))).toEqual([])
})
