/** One connection to RabbitMQ from its login to its end, with amqplib: it reads the feed's queue and says why it ended. */
import { Socket } from 'node:net'
import { type ChannelModel, connect } from 'amqplib'
import { type AmqpSymptoms, amqpEndingOf, faultOf } from './amqp-ending.ts'
import { connectOptionsOf } from './amqp-options.ts'
import { type FeedQueue, openQueue } from './amqp-queue.ts'
import type { Ending } from './ending.ts'
import type { Link, LinkRequest, Standing } from './link.ts'

const goodbyeMs = 1000

/**
 * Opens a link. Filters of subscriptions are binding keys; an arrival's topic is the routing key, and its payload the
 * message's headers as JSON. Failures of any kind end it; nothing is thrown.
 */
export function openAmqpLink(request: LinkRequest): Link {
  const symptoms: AmqpSymptoms = { accepted: false }
  const standing = Promise.withResolvers<Standing | undefined>()
  const ended = Promise.withResolvers<Ending>()
  const { connectTimeout, receiveMaximum } = request.feed.connection
  let model: ChannelModel | undefined
  let queue: FeedQueue | undefined
  /** Nothing more is to be sent. */
  let over = false
  let gone = false
  let cut: NodeJS.Timeout | undefined

  function finish(): void {
    if (gone) return
    over = true
    gone = true
    clearTimeout(cut)
    standing.resolve(undefined)
    ended.resolve(amqpEndingOf(symptoms, request))
    if (model) cutOff(model)
  }
  function failed(error: unknown): void {
    if (error !== undefined) symptoms.error ??= faultOf(error)
    if (!over) finish()
  }
  function local(words: string): void {
    symptoms.local ??= words
    finish()
  }

  async function open(): Promise<void> {
    model = await connect(...connectOptionsOf(request))
    model.on('error', failed)
    model.on('close', failed)
    if (gone) return cutOff(model)
    symptoms.accepted = true
    cut = setTimeout(() => local(`RabbitMQ did not give us our queue within ${connectTimeout} ms`), connectTimeout)
    const fates = {
      failed,
      cancelled: () => {
        symptoms.cancelled = true
        finish()
      },
      overflowed: () => local('the feed’s queue is full and lost its oldest messages: the watcher cannot keep up'),
    }
    queue = await openQueue({ model, request, fates })
    clearTimeout(cut)
    standing.resolve({ resumed: queue.resumed, granted: request.subscriptions.map(({ qos }) => qos) })
  }
  open().catch(failed)

  return {
    standing: standing.promise,
    ended: ended.promise,
    ping: () => {
      if (!over) queue?.ask()
    },
    receipt: () => {
      const acknowledge = over ? undefined : queue?.receipt()
      return acknowledge === undefined
        ? undefined
        : () => {
            if (!over) acknowledge()
          }
    },
    windowFull: () => (queue?.unacknowledged() ?? 0) >= receiveMaximum,
    close: (reason) => {
      symptoms.local ??= reason
      if (over) return
      over = true
      if (model === undefined || queue === undefined) return finish()
      cut = setTimeout(finish, goodbyeMs)
      // What is not acknowledged goes back into the queue.
      model.close().then(finish, finish)
    },
  }
}

/** amqplib only says goodbye, and waits for the answer for as long as the broker seems to live. */
function cutOff({ connection }: ChannelModel): void {
  if ('stream' in connection && connection.stream instanceof Socket) connection.stream.destroy(new Error('cut off'))
}
