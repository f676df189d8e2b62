import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createCleanup,
  freePort,
  makeCertificates,
  mosquittoFolder,
  removeFolder,
  startMosquitto,
} from '../watcher/stage.ts'
import { examined } from './stage.ts'

const cleanup = createCleanup()
const folder = mosquittoFolder()
const ports = { soon: 0, late: 0 }
const file = (name: string) => readFileSync(join(folder, name), 'utf8')

/** A certificate for 127.0.0.1 and broker.example that the authority of the folder signs. */
function sign(name: string, days: number): void {
  const openssl = (...arguments_: string[]) => execFileSync('openssl', arguments_, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`]
  openssl('req', ...key, '-out', `${name}.csr`, '-subj', '/CN=broker of the plant\u001B[31m')
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:broker.example')
  const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', 'names']
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`)
  for (const each of [`${name}.key`, `${name}.crt`]) chmodSync(join(folder, each), 0o644)
}

beforeAll(async () => {
  makeCertificates(folder)
  sign('late', 400)
  for (const [name, certificate] of [
    ['soon', 'server'],
    ['late', 'late'],
  ] as const) {
    ports[name] = await freePort()
    const listener = [
      `listener ${ports[name]} 127.0.0.1`,
      `certfile DIR/${certificate}.crt`,
      `keyfile DIR/${certificate}.key`,
    ]
    const common = ['log_dest topic', 'connection_messages true', 'allow_anonymous true']
    const broker = await startMosquitto(ports[name], [...common, ...listener], folder)
    cleanup.defer(broker.stop)
  }
})
afterAll(async () => {
  await cleanup.run()
  removeFolder(folder)
})

const over = (port: number, more: object = {}) => ({
  folder,
  clusters: [
    { name: 'plant', dialect: 'mosquitto', feeds: [{ broker: 'b1', url: `mqtts://127.0.0.1:${port}`, ...more }] },
  ],
})
const knowing = () => ({ secrets: { 'plant/tls': { ca: file('ca.crt') } } })

test('a certificate of a known authority: whose it is, who signed it, and for how long; all else is checked over TLS', async () => {
  const { code, check, text } = await examined({ ...over(ports.late, { secret: 'plant/tls' }), ...knowing() })
  expect(code).toBe(0)
  expect(check('tls')).toMatchObject({
    status: 'ok',
    facts: {
      version: 'TLSv1.3',
      issuer: 'test authority',
      daysLeft: 399,
      names: 'IP Address:127.0.0.1, DNS:broker.example',
    },
  })
  expect(check('tls').found).toContain('broker of the plant')
  expect(check('events').status).toBe('ok')
  expect(text).not.toContain('\u001B')
  expect(text).not.toContain('BEGIN CERTIFICATE')
})

test('one that ends within a month is a warning', async () => {
  const { code, check } = await examined({ ...over(ports.soon, { secret: 'plant/tls' }), ...knowing() })
  expect(code).toBe(0)
  expect(check('tls')).toMatchObject({ status: 'warning', facts: { daysLeft: 1 } })
  expect(check('tls').advice?.[0]?.text).toContain('Renew the certificate')
})

test('one of an authority that is not known is refused, and who signed it is said', async () => {
  const { code, check, statuses } = await examined(over(ports.late))
  expect(code).toBe(1)
  expect(check('tls').status).toBe('failed')
  expect(check('tls').found).toMatch(/is not trusted.*"ca" of the feed's secret.*signed by test authority/)
  expect(statuses()).toMatchObject({ login: 'skipped', version: 'skipped' })
})

test('one for another host is refused, and for whom it is is said', async () => {
  const connection = { servername: 'elsewhere.example' }
  const { check } = await examined({ ...over(ports.late, { secret: 'plant/tls', connection }), ...knowing() })
  expect(check('tls')).toMatchObject({ status: 'failed', facts: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
  expect(check('tls').found).toMatch(/is for another host name.*DNS:broker\.example/)
})

test('one that is not to be verified is a warning, whoever signed it', async () => {
  const { code, check } = await examined(over(ports.late, { connection: { rejectUnauthorized: false } }))
  expect(code).toBe(0)
  expect(check('tls')).toMatchObject({ status: 'warning', found: expect.stringContaining('anybody could pose') })
  expect(check('events').status).toBe('ok')
})

test('a ca that is no certificate is the secret’s fault, and a port without TLS is no TLS port', async () => {
  const spoilt = { secrets: { 'plant/tls': { key: '-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----' } } }
  const wrong = await examined({ ...over(ports.late, { secret: 'plant/tls' }), ...spoilt })
  expect(wrong.check('tls').found).toContain('what the secret "plant/tls" gives as ca, cert, key or passphrase')

  const port = await freePort()
  const plain = await startMosquitto(port, ['allow_anonymous true', `listener ${port} 127.0.0.1`], folder)
  cleanup.defer(plain.stop)
  const deaf = await examined(over(port))
  expect(deaf.check('tls')).toMatchObject({ status: 'failed' })
  expect(deaf.statuses()).toMatchObject({ tcp: 'ok', login: 'skipped' })
})
