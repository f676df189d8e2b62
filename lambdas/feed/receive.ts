/** One request to a webhook, from its bytes to the queue: limits, authentication, reading, shipping, answer. */
import type { Dialect, ReadingContext } from '../../domain/dialect.ts'
import { BrokerName } from '../../domain/feed.ts'
import { type ClusterSettings, ownClient, type Settings } from '../../domain/settings.ts'
import { pushReport } from '../../domain/push.ts'
import { harmless } from '../../domain/text.ts'
import { secondMs } from '../../domain/time.ts'
import { isAuthentic } from './authenticate.ts'
import { brokerAt, createPostedClaims } from './claims.ts'
import { type FeedAnswer, type FeedRequest, problem } from './http.ts'
import { messagesIn } from './json.ts'
import type { Keyring } from './keyring.ts'
import { isHarmless, maxMessages, type ReadMessages, readMessages } from './messages.ts'
import { type Send, ship, webhookName } from './ship.ts'
import { createTally, type Tally } from './tally.ts'

const maxBodyBytes = 256 * 1024
/** Refusals are logged this often at most: whoever knocks must not fill the log. */
const quietMs = 10 * secondMs
/** Rejections told to the sender; more of the same help nobody. */
const maxToldRejections = 10

export interface ReceivePorts {
  readonly settings: Pick<Settings, 'clusters'>
  readonly dialects: Readonly<Record<ClusterSettings['dialect'], Dialect>>
  readonly keyring: Keyring
  readonly send: Send
  readonly log: {
    readonly warn: (message: string, fields: Record<string, string | number>) => void
    readonly error: (message: string, fields: Record<string, string>) => void
  }
  readonly now: () => number
}

/** Makes the step: a request in, an answer out. The answer is 200 only when the queue has what it tells of. */
export function createReceive(ports: ReceivePorts): (request: FeedRequest) => Promise<FeedAnswer> {
  const taking = ports.settings.clusters.filter(({ webhook }) => webhook !== undefined)
  const tally = createTally()
  const refusals = { count: 0, saidMs: -quietMs }

  function refuse(): FeedAnswer {
    refusals.count += 1
    if (ports.now() - refusals.saidMs >= quietMs) {
      ports.log.warn('requests were refused: unknown cluster, wrong token or wrong signature', {
        count: refusals.count,
      })
      Object.assign(refusals, { count: 0, saidMs: ports.now() })
    }
    const detail = 'Send a token or a signature of this cluster; see docs/webhooks.md.'
    return problem(401, { title: 'Not authenticated', detail })
  }

  return async (request) => {
    if (request.body.length > maxBodyBytes) {
      return problem(413, { title: 'Too large', detail: `A body may have ${maxBodyBytes} bytes; send fewer events.` })
    }
    const known = taking.find(({ name }) => name === request.cluster)
    // A cluster there is not is checked like one there is, so that neither answer nor time tells which there are.
    const secret = (known ?? taking[0])?.webhook?.secret
    const authenticity = secret === undefined ? 'refused' : await check(request, secret, ports)
    if (authenticity === 'unreadable') return unavailable('The keys of this webhook cannot be read now.')
    if (authenticity === 'refused' || known === undefined) return refuse()
    return receiveFrom(known, request, { ...ports, tally })
  }
}

type DeliverPorts = ReceivePorts & { readonly tally: Tally }

async function check(
  request: FeedRequest,
  secret: string,
  { keyring, now }: ReceivePorts,
): Promise<'authentic' | 'refused' | 'unreadable'> {
  const keys = await keyring.read(secret, { fresh: false })
  if (keys !== undefined && isAuthentic(request, keys, now())) return 'authentic'
  // The secret may have been rotated a moment ago.
  const newer = await keyring.read(secret, { fresh: true })
  if (newer === undefined) return 'unreadable'
  return isAuthentic(request, newer, now()) ? 'authentic' : 'refused'
}

async function receiveFrom(cluster: ClusterSettings, request: FeedRequest, ports: DeliverPorts): Promise<FeedAnswer> {
  const { headers, query, body } = request
  const contentType = headers['content-type'] ?? ''
  const isLines = /^application\/(?:x-ndjson|jsonl)\s*(?:;|$)/i.test(contentType)
  if (!isLines && !/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType)) {
    const detail = 'Send JSON, with Content-Type: application/json; or JSON Lines, with application/x-ndjson.'
    return problem(415, { title: 'Not JSON', detail })
  }
  const named = query['broker'] === undefined ? undefined : BrokerName.safeParse(query['broker'])
  if (named?.success === false) return wrong(`broker in the query: ${named.error.issues[0]?.message ?? ''}`)
  const parsed = messagesIn(body.toString('utf8'), isLines)
  if (!parsed.ok) return wrong(parsed.detail)
  const { messages } = parsed
  if (messages.length === 0 || messages.length > maxMessages) {
    return wrong(`the body holds ${messages.length} messages; send one object, or a list of 1 to ${maxMessages}`)
  }
  const hook = headers['vernemq-hook']
  const receivedAtMs = ports.now()
  const dialect = ports.dialects[cluster.dialect]
  const context = contextOf(cluster, named?.data)
  const whereabouts = (endpoint: string) => named?.data ?? brokerAt(cluster.feeds, endpoint) ?? context.broker
  const claims = createPostedClaims(context, whereabouts)
  const read = readMessages(messages, { hook, receivedAtMs }, { dialect, context, claims })
  return deliver(read, { cluster: cluster.name, hook, messages, receivedAtMs }, ports)
}

interface Delivery {
  readonly cluster: string
  readonly hook: string | undefined
  readonly messages: readonly unknown[]
  readonly receivedAtMs: number
}

async function deliver(read: ReadMessages, delivery: Delivery, ports: DeliverPorts): Promise<FeedAnswer> {
  const { cluster, hook, messages, receivedAtMs } = delivery
  ports.tally.count(read.rejections, { cluster, topic: hook ?? 'webhook', messages, atMs: receivedAtMs })
  const { seenFrom, seenUntil, ...reached } = pushReport({ cluster, feed: webhookName, atMs: receivedAtMs })
  // A broker that we cannot read is not seen, however well it reaches us; and what clients say shows no broker.
  const sight = isUnreadable(read) ? {} : { seenFrom, seenUntil }
  const report = read.areClaims ? undefined : { ...reached, ...sight, ...ports.tally.of(cluster) }
  try {
    await ship(read.events, report, { send: ports.send, nowMs: receivedAtMs })
    return answer(read, hook)
  } catch (error) {
    const fault = error instanceof Error ? harmless(error.name) : 'unknown'
    ports.log.error('the queue did not take a batch; the broker is asked to send it again', { cluster, fault })
    return unavailable('The queue does not answer; send the same again.')
  }
}

const isUnreadable = ({ events, rejections }: ReadMessages): boolean =>
  events.length === 0 && rejections.length > 0 && !rejections.some(isHarmless)

function answer(read: ReadMessages, hook: string | undefined): FeedAnswer {
  const { rejections } = read
  const [events, rejected] = [read.events.length, rejections.length]
  const told = rejected === 0 ? {} : { rejections: rejections.slice(0, maxToldRejections) }
  if (isUnreadable(read)) {
    const detail = `none of the ${rejected} messages could be read: ${rejections[0]?.detail ?? ''}`
    return problem(400, { title: 'Not readable', detail, events, rejected, ...told })
  }
  // VerneMQ asks even those it only means to tell: leave what it asks to others.
  return { status: 200, body: { result: hook === undefined ? 'ok' : 'next', events, rejected, ...told } }
}

/** The broker that a message names none of: that of the URL, else the only one configured, else the product's name. */
function contextOf(cluster: ClusterSettings, named: string | undefined): ReadingContext {
  const configured = new Set([
    ...cluster.feeds.flatMap(({ broker }) => broker ?? []),
    ...cluster.brokers.map(({ name }) => name),
  ])
  const [only = cluster.dialect] = configured.size === 1 ? configured : []
  return { cluster: cluster.name, broker: named ?? only, isOwn: ownClient({ clusters: [cluster] }) }
}

const wrong = (detail: string): FeedAnswer => problem(400, { title: 'Not readable', detail })
const unavailable = (detail: string): FeedAnswer => problem(503, { title: 'Try again', detail })
