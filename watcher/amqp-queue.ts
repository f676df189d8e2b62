/** A feed's queue at RabbitMQ and its reader; beside it a witness that tells whether the queue's node was ever down. */
import type { Channel, ChannelModel, ConsumeMessage, Replies } from 'amqplib'
import { faultOf, isHomeDown, replyOf } from './amqp-ending.ts'
import { maxQueueLength, queueArgumentsOf, queueNamesOf } from './amqp-options.ts'
import type { Arrival, LinkRequest } from './link.ts'

const exchange = 'amq.rabbitmq.event'

// The queue is durable and lives on one node; while that node is down, events of the others pass it by. The witness is an
// empty queue that is not durable: where it is still there, the queue kept everything since the last link.

/** What may end the reading, besides the end of the connection. */
export interface QueueFates {
  readonly failed: (error: unknown) => void
  /** The queue was deleted, or its node went down. */
  readonly cancelled: () => void
  /** The queue is full: RabbitMQ drops its oldest messages. */
  readonly overflowed: () => void
}

/** A queue that is being read. */
export interface FeedQueue {
  /** It was there before, and kept everything. */
  readonly resumed: boolean
  /** Asks the queue how it is: its answer comes after everything that it sent before. */
  readonly ask: () => void
  readonly unacknowledged: () => number
  /** As `Link.receipt`; what it gives must not be called once the link has ended. */
  readonly receipt: () => (() => void) | undefined
}

interface Opening {
  readonly model: ChannelModel
  readonly request: LinkRequest
  readonly fates: QueueFates
}

/** Declares, binds and reads the feed's queue. Rejects with the fault that prevented it. */
export async function openQueue(opening: Opening): Promise<FeedQueue> {
  const [first, second] = queueNamesOf(opening.request.clientId)
  const before = await look(opening.model, first)
  return before === 'home down'
    ? readQueue(opening, { name: second, before: await look(opening.model, second) })
    : readQueue(opening, { name: first, before })
}

async function readQueue(opening: Opening, found: { name: string; before: Look }): Promise<FeedQueue> {
  const { model, request, fates } = opening
  const { name } = found
  const { kept, whole } = await declareQueue(opening, found)
  const channel = await model.createChannel()
  channel.on('error', fates.failed)
  const bind = async () => {
    for (const { filter } of request.subscriptions) await channel.bindQueue(name, exchange, filter)
  }
  await bind()
  // The witness vouches for the node it was declared on, which is the queue's only where both are new.
  if (whole || !kept) await keepWitness(opening, name)
  const { receiveMaximum } = request.feed.connection
  await channel.prefetch(receiveMaximum)
  const unread = createUnread(channel)
  const pressingAt = Math.ceil(receiveMaximum / 4)
  const heard = (message: ConsumeMessage | null) => {
    if (message === null) return fates.cancelled()
    unread.add(message)
    request.onPacket()
    request.onMessage(arrivalOf(message))
    if (unread.arrived() >= pressingAt) request.onPressing()
  }
  await channel.consume(name, heard, { exclusive: true })
  const ask = async () => {
    // Binding again changes nothing, but notices an exchange that is gone and heals one that came back.
    await bind()
    const { messageCount } = await channel.checkQueue(name)
    if (messageCount >= maxQueueLength) fates.overflowed()
    else if (messageCount === 0) request.onPacket()
  }
  return {
    resumed: kept && whole,
    ask: () => void ask().catch(fates.failed),
    unacknowledged: unread.unacknowledged,
    receipt: unread.receipt,
  }
}

/** Messages that are not acknowledged yet. */
function createUnread(channel: Channel) {
  let last: ConsumeMessage | undefined
  let arrived = 0
  let unacknowledged = 0
  return {
    add: (message: ConsumeMessage) => {
      last = message
      arrived += 1
      unacknowledged += 1
    },
    arrived: () => arrived,
    unacknowledged: () => unacknowledged,
    receipt: () => {
      if (last === undefined) return undefined
      const upTo = last
      const messages = arrived
      last = undefined
      arrived = 0
      return () => {
        unacknowledged -= messages
        channel.ack(upTo, true)
      }
    },
  }
}

function arrivalOf({ fields, properties }: ConsumeMessage): Arrival {
  const payload = Buffer.from(JSON.stringify(properties.headers ?? {}))
  return { topic: fields.routingKey, payload, retain: false, duplicate: fields.redelivered }
}

type Look = Replies.AssertQueue | 'absent' | 'home down'

/** Looks whether a queue is there. */
async function look(model: ChannelModel, name: string): Promise<Look> {
  try {
    return await once(model, async (channel) => channel.checkQueue(name))
  } catch (error) {
    const fault = faultOf(error)
    if (isHomeDown(fault)) return 'home down'
    if (replyOf(fault)?.code === 404) return 'absent'
    throw error
  }
}

/** One step on a channel of its own: RabbitMQ closes the channel on which it answers no. */
async function once<T>(model: ChannelModel, step: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await model.createChannel()
  channel.on('error', () => undefined)
  const result = await step(channel)
  await channel.close()
  return result
}

/** `kept`: what was in the queue is still there. `whole`: and nothing is missing from it. */
async function declareQueue(
  { model, request }: Opening,
  { name, before }: { name: string; before: Look },
): Promise<{ kept: boolean; whole: boolean }> {
  const options = request.clean ? { exclusive: true } : { durable: true, arguments: queueArgumentsOf(request) }
  const declare = async () => once(model, async (channel) => channel.assertQueue(name, options))
  const remove = async () => once(model, async (channel) => channel.deleteQueue(name, { ifUnused: true }))
  if (typeof before === 'object') {
    const witnessed = typeof (await look(model, witnessOf(name))) === 'object'
    const whole = witnessed && before.messageCount < maxQueueLength
    // One that cannot vouch for itself and holds nothing is better replaced by one that can.
    if (!request.clean && (whole || before.messageCount > 0)) {
      const isDeclared = await declare().then(() => true, mismatched)
      if (isDeclared) return { kept: true, whole }
    }
    await remove()
  }
  await declare()
  return { kept: false, whole: false }
}

/** The settings ask for other limits than the queue was declared with; all else is a fault. */
function mismatched(error: unknown): false {
  if (replyOf(faultOf(error))?.code === 406) return false
  throw error
}

const witnessOf = (name: string) => `${name}-witness`

/** Where RabbitMQ denies such queues, every lost link is a gap. */
async function keepWitness({ model, request }: Opening, name: string): Promise<void> {
  if (request.clean) return
  const channel = await model.createChannel()
  channel.on('error', () => undefined)
  const { 'x-expires': expires } = queueArgumentsOf(request)
  try {
    await channel.assertQueue(witnessOf(name), { durable: false, arguments: { 'x-expires': expires } })
    // A queue without a reader expires.
    await channel.consume(witnessOf(name), () => undefined, { noAck: true })
  } catch {
    return
  }
}
