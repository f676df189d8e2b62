import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync, statSync, writeFileSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { acknowledgeAlert } from '../../api/acts.ts'
import { brokers } from '../../api/brokers.ts'
import { ask, askPages } from '../../cli/client.ts'
import { type Target, targetOf } from '../../cli/target.ts'
import { announce, readAnnounced, withdraw } from '../../local/announced.ts'
import { createCleanup, freePort } from '../watcher/stage.ts'

const cleanup = createCleanup()
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepwatch-cli-'))
  cleanup.defer(() => rmSync(folder, { recursive: true }))
  // No credentials and no region but those that a test names.
  for (const name of ['AWS_PROFILE', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_SESSION_TOKEN', 'KEEPWATCH_URL'])
    vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await cleanup.run()
})

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void

async function serve(answer: Answer) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response, asked.length)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  cleanup.defer(async () => {
    server.closeAllConnections()
    await new Promise<void>((done) => server.close(() => done()))
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked }
}

const nowhere = {
  url: undefined,
  stack: undefined,
  profile: undefined,
  region: undefined,
  sign: false,
  'token-file': undefined,
}
const at = (url: string): Target => ({ url, sign: undefined, token: undefined, hint: 'Does it run?' })
const json = (response: ServerResponse, value: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const broker = (name: string) => ({ cluster: 'plant', broker: name, status: 'watched', weight: 1, gauges: {} })

describe('a question', () => {
  test('is answered typed and checked; what a newer system tells beside that is left out; gzip is read', async () => {
    const { url, asked } = await serve((_, response) => {
      const body = gzipSync(JSON.stringify({ brokers: [{ ...broker('b1'), mood: 'calm' }], page: 1 }))
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
    })
    expect(await ask(at(url), brokers, { query: { cluster: 'a b+c' } })).toEqual({ brokers: [broker('b1')] })
    expect(asked[0]?.url).toBe('/v1/brokers?cluster=a%20b%2Bc')
    expect(asked[0]?.headers['accept-encoding']).toContain('gzip')
  })

  test('follows next, page by page, until somebody has seen enough', async () => {
    const { url, asked } = await serve(({ url: path = '' }, response) => {
      const cursor = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0)
      json(response, { brokers: [broker(`b${cursor}`)], ...(cursor < 5 ? { next: String(cursor + 1) } : {}) })
    })
    const names: string[] = []
    for await (const page of askPages(at(url), brokers, { query: { limit: '1' } }))
      names.push(...page.brokers.map((each) => each.broker))
    expect(names).toEqual(['b0', 'b1', 'b2', 'b3', 'b4', 'b5'])
    asked.length = 0
    for await (const page of askPages(at(url), brokers)) if (page.brokers[0]?.broker === 'b1') break
    expect(asked.length).toBe(2)
  })

  test('is asked again where the system is busy; an act is not, unless it was not taken', async () => {
    const busy = await serve((_, response, count) => {
      if (count <= 2) response.writeHead(count === 1 ? 503 : 429, { 'retry-after': '0' }).end()
      else json(response, { brokers: [] })
    })
    expect(await ask(at(busy.url), brokers)).toEqual({ brokers: [] })
    const broken = await serve((_, response) => json(response, { message: 'Internal Server Error' }, 500))
    const act = ask(at(broken.url), acknowledgeAlert, { params: { id: 'a1' }, body: {} })
    await expect(act).rejects.toThrow('/v1/alerts/a1/acknowledge answered 500: Internal Server Error')
    expect(broken.asked.length).toBe(1)
  })

  test('that fails says where, what was found and what to do, and nothing acts', async () => {
    const { url } = await serve(({ url: path }, response) => {
      if (path?.includes('form')) return json(response, { brokers: 3 })
      if (path?.includes('text')) return response.end('<html>')
      if (path?.includes('away')) return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
      return json(
        response,
        { type: 'about:blank', status: 404, title: 'Not found', detail: 'no \u001b[31m such cluster' },
        404,
      )
    })
    const asking = async (cluster: string) => ask(at(url), brokers, { query: { cluster } })
    await expect(asking('x')).rejects.toThrow(
      `${url}/v1/brokers?cluster=x answered 404: Not found: no \\u{1b}[31m such cluster`,
    )
    await expect(asking('form')).rejects.toThrow(/in a form that this version does not know \(brokers: /)
    await expect(asking('text')).rejects.toThrow('is it Keepwatch that runs there?')
    await expect(asking('away')).rejects.toThrow('answered 302')
    const silent = at(`http://127.0.0.1:${await freePort()}`)
    await expect(ask(silent, brokers)).rejects.toThrow(/does not answer \(.*ECONNREFUSED.*\)\. Does it run\?/)
  })
})

describe('the system of this machine', () => {
  test('is found by what it announced in the folder, whose token goes there and nowhere else', async () => {
    const { url, asked } = await serve((_, response) => json(response, { brokers: [] }))
    announce({ url, token: 'a-token-of-this-system' }, folder)
    expect(statSync(join(folder, '.keepwatch/local.json')).mode & 0o777).toBe(0o600)
    await ask(await targetOf(nowhere, folder), brokers)
    await ask(await targetOf({ ...nowhere, url: `${url}/` }, folder), brokers)
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer a-token-of-this-system'))
    const other = await serve((_, response) => json(response, { brokers: [] }))
    await ask(await targetOf({ ...nowhere, url: other.url }, folder), brokers)
    expect(other.asked[0]?.headers.authorization).toBeUndefined()
    withdraw(folder)
    expect(readAnnounced(folder)).toEqual({ kind: 'none' })
    expect(await targetOf(nowhere, folder)).toMatchObject({ url: 'http://127.0.0.1:4680', token: undefined })
  })

  test('is not believed where others may read or write what it announced, nor is a token file', async () => {
    announce({ url: 'http://127.0.0.1:4680', token: 'a-token-of-this-system' }, folder)
    const file = join(folder, '.keepwatch/local.json')
    chmodSync(file, 0o644)
    expect(readAnnounced(folder)).toMatchObject({ kind: 'refused', message: expect.stringContaining('mode 0644') })
    expect(await targetOf(nowhere, folder)).toMatchObject({
      token: undefined,
      hint: expect.stringContaining('mode 0644'),
    })
    chmodSync(file, 0o600)
    writeFileSync(file, JSON.stringify({ url: 'http://evil.example:80', token: 'a-token-of-this-system', process: 1 }))
    expect(readAnnounced(folder)).toMatchObject({ kind: 'refused', message: expect.not.stringContaining('a-token') })
    const token = join(folder, 'token')
    writeFileSync(token, 'a-token-of-this-system\n', { mode: 0o644 })
    await expect(targetOf({ ...nowhere, 'token-file': token }, folder)).rejects.toThrow('chmod 600')
    chmodSync(token, 0o600)
    expect(await targetOf({ ...nowhere, 'token-file': token }, folder)).toMatchObject({
      token: 'a-token-of-this-system',
    })
    const plain = targetOf({ ...nowhere, url: 'http://other.example', 'token-file': token }, folder)
    await expect(plain).rejects.toThrow('not sent over http://')
  })
})

describe('a deployed system', () => {
  const origin = 'https://abc123.execute-api.eu-central-1.amazonaws.com'

  const xml = (outputs: string) => `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <DescribeStacksResult><Stacks><member><StackName>Keepwatch</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
  <CreationTime>2026-11-22T10:00:00Z</CreationTime><Outputs>${outputs}</Outputs></member></Stacks></DescribeStacksResult>
</DescribeStacksResponse>`
  const output = (key: string, value: string) =>
    `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`
  const fault = (code: string, message: string) =>
    `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`

  async function cloudFormation(status: number, text: string) {
    const { url, asked } = await serve((_, response) =>
      response.writeHead(status, { 'content-type': 'text/xml' }).end(text),
    )
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', url)
    return asked
  }
  const loggedIn = () => {
    writeFileSync(join(folder, 'config'), '[profile plant]\nregion = eu-central-1\n')
    writeFileSync(
      join(folder, 'credentials'),
      '[plant]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = hidden-key\n',
    )
  }
  const stack = { ...nowhere, stack: 'Keepwatch', profile: 'plant' }

  test('is found by its stack, with the credentials and the region of the profile', async () => {
    loggedIn()
    const asked = await cloudFormation(200, xml(output('Other', 'x') + output('ApiUrl', `${origin}/`)))
    const target = await targetOf(stack)
    expect(target).toMatchObject({ url: origin, token: undefined })
    expect(asked[0]?.headers.authorization).toMatch(/AKIDEXAMPLE\/\d+\/eu-central-1\/cloudformation/)
    const headers = await target.sign?.({ method: 'GET', url: `${origin}/v1/brokers` })
    expect(headers?.['authorization']).toMatch(/AKIDEXAMPLE\/\d+\/eu-central-1\/execute-api/)
  })

  test('at its address is signed by itself, in the region of the address; another address is not', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hidden-key')
    const { sign } = await targetOf({ ...nowhere, url: origin }, folder)
    expect((await sign?.({ method: 'GET', url: origin }))?.['authorization']).toContain('/eu-central-1/execute-api/')
    expect((await targetOf({ ...nowhere, url: 'https://keepwatch.example' }, folder)).sign).toBeUndefined()
    const own = { ...nowhere, url: 'https://keepwatch.example', region: 'eu-west-1', sign: true }
    expect((await targetOf(own, folder)).sign).toBeDefined()
  })

  test.each([
    [
      'no such stack',
      400,
      fault('ValidationError', 'Stack with id Keepwatch does not exist'),
      /no such stack .*--profile/,
    ],
    [
      'expired credentials',
      403,
      fault('ExpiredToken', 'The security token included in the request is expired'),
      /have expired\. Type: aws sso login --profile plant/,
    ],
    [
      'no permission',
      403,
      fault('AccessDenied', 'User is not authorized to perform: cloudformation:DescribeStacks'),
      /DescribeStacks is needed/,
    ],
    ['another stack', 200, xml(output('BucketName', 'x')), /no output ApiUrl \(its outputs: BucketName\)/],
  ])('%s is said with what to do, without a secret', async (_, status, text, words) => {
    loggedIn()
    await cloudFormation(status, text)
    const asking = targetOf(stack)
    await expect(asking).rejects.toThrow(words)
    await expect(asking).rejects.not.toThrow('hidden-key')
  })

  test('without a region or credentials it is said which is missing', async () => {
    await expect(targetOf({ ...nowhere, stack: 'Keepwatch' })).rejects.toThrow(
      /No AWS region is known: name one by --region/,
    )
    const keyless = targetOf({ ...nowhere, stack: 'Keepwatch', region: 'eu-central-1' })
    await expect(keyless).rejects.toThrow(/No AWS credentials were found\. Type: aws sso login/)
    await expect(targetOf({ ...nowhere, stack: 'K', url: 'http://x' })).rejects.toThrow('exclude each other')
  })
})
