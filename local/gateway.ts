/** The only way to AWS on this machine: holds each call against the caller's role, then lets an engine answer it. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Agent, createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { harmless } from '../domain/text.ts'
import { type AccessBook, accessBook, type Caller, type UnusedGrant } from './access-book.ts'
import { type AwsCall, credentialOf, readCall, secretArn } from './aws-call.ts'
import { type Engines, engineKeyHeader } from './engines.ts'
import type { Call } from './iam.ts'
import { bodyOf, listenOnLoopback, refusalOf } from './loopback.ts'
import type { RolePlan } from './plan.ts'
import { readSecrets } from './secrets.ts'

const maxBodyBytes = 17 * 1024 * 1024

export interface GatewayOptions {
  readonly port?: number
  readonly engines: Engines
  readonly secretsFile: string
  /** Told once of each thing that was refused, and of secrets that cannot be read. */
  readonly say: (line: string) => void
}

/** Credentials of one caller, as an AWS SDK takes them. The secret is no secret: signatures are not checked here. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface Gateway {
  readonly url: string
  /** Credentials of a caller that may do everything: for making resources and for looking at them. */
  readonly administrator: Credentials
  /** Credentials of a caller that may do what its role allows; `name` is told to people. */
  readonly admit: (caller: { readonly identity: string; readonly name: string; readonly role: RolePlan }) => Credentials
  /** Holds a call that no request carries, such as a schedule invoking a function, against a role. */
  readonly permits: (caller: { readonly name: string; readonly role: RolePlan }, call: Call) => boolean
  /** What the roles of admitted callers allow and nothing has used so far, among services that stand here. */
  readonly unusedGrants: () => readonly UnusedGrant[]
  readonly stop: () => Promise<void>
}

/** Starts the gateway on a free port of loopback. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const administrator = { accessKeyId: `administrator.${randomBytes(12).toString('hex')}`, secretAccessKey: 'local' }
  const callers = new Map<string, Caller>()
  const book = accessBook(options.say)
  const agent = new Agent({ keepAlive: true })
  const server = createServer((request, response) => {
    void answer({ request, response, callers, book, agent, options, administrator }).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500)
      response.end(error instanceof Error ? error.message : '')
    })
  })
  const port = await listenOnLoopback(server, options.port ?? 0)
  return {
    url: `http://127.0.0.1:${port}`,
    administrator,
    admit: ({ identity, name, role }) => {
      // The random part keeps other programs of this machine from borrowing a role by guessing its id.
      const accessKeyId = `${identity}.${randomBytes(6).toString('hex')}`
      callers.set(accessKeyId, { name, role })
      book.know(role)
      return { accessKeyId, secretAccessKey: 'local' }
    },
    permits: (caller, call) => {
      book.know(caller.role)
      return book.refusal(caller, call) === undefined
    },
    unusedGrants: book.unused,
    stop: async () => {
      const closed = new Promise<void>((done) => {
        server.close(() => done())
      })
      server.closeAllConnections()
      await closed
      agent.destroy()
    },
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly callers: ReadonlyMap<string, Caller>
  readonly book: AccessBook
  readonly agent: Agent
  readonly options: GatewayOptions
  readonly administrator: Credentials
}

async function answer(exchange: Exchange): Promise<void> {
  const { request, response, callers, book, options } = exchange
  const refused = refusalOf(request)
  if (refused !== undefined) return void response.writeHead(403).end(refused)
  const body = await bodyOf(request, maxBodyBytes)
  if (body === undefined) return void response.writeHead(413, { connection: 'close' }).end()
  const target = request.headers['x-amz-target']
  const call = readCall({ target: typeof target === 'string' ? target : undefined, body: body.toString('utf8') })
  if (call === undefined) return void response.writeHead(404).end('This machine has no such AWS service.')
  const credential = credentialOf(request.headers.authorization)
  const isAdministrator = credential?.accessKeyId === exchange.administrator.accessKeyId
  if (!isAdministrator) {
    const caller = callers.get(credential?.accessKeyId ?? '')
    if (caller === undefined) {
      return fail(response, call, { code: 'UnrecognizedClientException', message: 'The access key is not known here.' })
    }
    for (const one of call.calls) {
      const message = book.refusal(caller, one)
      if (message !== undefined) return fail(response, call, { code: 'AccessDeniedException', message })
    }
  }
  if (call.service === 'secretsmanager') return answerSecret(response, call, options)
  return forward(exchange, { call, body })
}

function answerSecret(response: ServerResponse, call: AwsCall, { secretsFile, say }: GatewayOptions): void {
  const name = call.secretName
  if (call.operation !== 'GetSecretValue' || name === undefined) {
    const message = 'This machine answers GetSecretValue alone.'
    return fail(response, call, { code: 'InvalidRequestException', message })
  }
  const outcome = readSecrets(secretsFile)
  if (!outcome.ok && outcome.reason !== 'missing') {
    say(outcome.message)
    return fail(response, call, { code: 'InternalServiceError', message: outcome.message })
  }
  const value = outcome.ok ? outcome.secrets.get(name) : undefined
  if (value === undefined) {
    const message = `Secrets Manager can't find the specified secret ${harmless(name)} in ${secretsFile}.`
    return fail(response, call, { code: 'ResourceNotFoundException', message })
  }
  const found = { ARN: secretArn(name), Name: name, VersionId: 'local', VersionStages: ['AWSCURRENT'] }
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(JSON.stringify({ ...found, SecretString: value }))
}

/** Answers with an error in the form of the service: XML for SNS's query protocol, else JSON. */
function fail(response: ServerResponse, { service }: AwsCall, error: { code: string; message: string }): void {
  if (service === 'sns') {
    const code = error.code === 'AccessDeniedException' ? 'AuthorizationError' : error.code
    const fault = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(error.message)}</Message></Error>`
    const xmlns = 'http://sns.amazonaws.com/doc/2010-03-31/'
    const content = `<ErrorResponse xmlns="${xmlns}">${fault}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`
    response.writeHead(403, { 'content-type': 'text/xml' }).end(content)
    return
  }
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() })
  response.end(JSON.stringify({ __type: `com.amazon.coral.service#${error.code}`, message: error.message }))
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

async function forward({ request, response, agent, options }: Exchange, sent: { call: AwsCall; body: Buffer }) {
  const { engines } = options
  const isTable = sent.call.service === 'dynamodb'
  const answered = await new Promise<IncomingMessage>((done, failed) => {
    const headers = { ...request.headers, [engineKeyHeader]: engines.key, 'content-length': String(sent.body.length) }
    const port = isTable ? engines.dynamodbPort : engines.messagingPort
    const onward = httpRequest({ host: '127.0.0.1', port, method: request.method, path: '/', agent, headers }, done)
    onward.once('error', failed)
    // Sent whole, and never broken off when the caller goes away: dynalite throws on a request that ends early.
    onward.end(sent.body)
  })
  response.writeHead(answered.statusCode ?? 500, answered.headers)
  answered.pipe(response)
}
