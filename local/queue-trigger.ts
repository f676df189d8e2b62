/** Polls a queue for a function as Lambda's event source mapping does, under the function's own identity. */
import {
  type BatchResultErrorEntry,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import * as z from 'zod/mini'
import type { LocalFunction } from './functions.ts'
import type { Plan, QueuePlan } from './plan.ts'
import { place } from './template.ts'

export interface QueueTriggerOptions {
  readonly mapping: Plan['mappings'][number]
  readonly queue: QueuePlan
  readonly target: LocalFunction
  /** A client with the credentials of the function: the mapping acts by its role. */
  readonly sqs: SQSClient
  readonly say: (line: string) => void
}

export interface QueueTrigger {
  /** Handles what is still in the queue, then stops polling. */
  readonly stop: () => Promise<void>
}

/** SQS hands out at most ten messages at a time. */
const receiveAtMost = 10
const pauseAfterFaultMs = 1000

const ResponseSchema = z.looseObject({
  batchItemFailures: z.optional(z.nullable(z.array(z.looseObject({ itemIdentifier: z.string() })))),
})

/** Starts polling, with as many pollers as the function runs at once. */
export async function startQueueTrigger(options: QueueTriggerOptions): Promise<QueueTrigger> {
  const { mapping, queue, target, sqs } = options
  // Lambda asks for this when a mapping is made, and refuses the mapping without the grant.
  await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['VisibilityTimeout'] }))
  const pollers = Math.min(target.concurrency, mapping.ScalingConfig?.MaximumConcurrency ?? target.concurrency)
  const state = { stopping: false }
  const loops = Array.from({ length: pollers }, async () => poll(options, state))
  return {
    stop: async () => {
      state.stopping = true
      await Promise.all(loops)
    },
  }
}

async function poll(options: QueueTriggerOptions, state: { readonly stopping: boolean }): Promise<void> {
  let faults = 0
  while (faults === 0 || !state.stopping) {
    const last = state.stopping
    try {
      const messages = await gather(options, last)
      faults = 0
      if (messages.length > 0) await handle(options, messages)
      else if (last) return
    } catch (error) {
      faults += 1
      const reason = error instanceof Error ? error.message : String(error)
      if (faults === 1) options.say(`Polling the queue for ${options.target.label} failed: ${reason}`)
      await new Promise((done) => setTimeout(done, pauseAfterFaultMs))
    }
  }
}

/** Receives until the batch is full or the window is over; `last` takes only what waits. */
async function gather({ mapping, queue, sqs }: QueueTriggerOptions, last: boolean): Promise<Message[]> {
  const messages: Message[] = []
  let closesAtMs = Number.POSITIVE_INFINITY
  while (messages.length < mapping.BatchSize) {
    const leftMs = closesAtMs - Date.now()
    // SQS waits whole seconds; a short long-poll keeps stopping quick.
    const waitSeconds = last || leftMs < 1000 ? 0 : 1
    const received = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: Math.min(receiveAtMost, mapping.BatchSize - messages.length),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    )
    const found = received.Messages ?? []
    messages.push(...found)
    if (messages.length === 0 || last) return messages
    if (closesAtMs === Number.POSITIVE_INFINITY) closesAtMs = Date.now() + mapping.MaximumBatchingWindowInSeconds * 1000
    if (Date.now() >= closesAtMs) return messages
    if (found.length === 0)
      await new Promise((done) => setTimeout(done, Math.max(0, Math.min(closesAtMs - Date.now(), 50))))
  }
  return messages
}

async function handle(options: QueueTriggerOptions, messages: readonly Message[]): Promise<void> {
  const { mapping, queue, target, sqs } = options
  const outcome = await target.invoke({ Records: messages.map((message) => recordOf(message, queue)) })
  // What failed stays: it is seen again when its visibility timeout is over, and in the end goes to the dead letters.
  if (!outcome.ok) return
  const failed = mapping.FunctionResponseTypes.includes('ReportBatchItemFailures')
    ? failuresOf(outcome.value, messages)
    : new Set<string>()
  if (failed === undefined)
    return options.say(`${target.label} answered no list of failures; its batch is tried again.`)
  const done = messages.filter(({ MessageId }) => MessageId !== undefined && !failed.has(MessageId))
  const faults: BatchResultErrorEntry[] = []
  for (let start = 0; start < done.length; start += receiveAtMost) {
    const entries = done
      .slice(start, start + receiveAtMost)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }))
    faults.push(...(deleted.Failed ?? []))
  }
  const [first] = faults
  if (first !== undefined) options.say(`${faults.length} handled messages could not be deleted: ${first.Message}`)
}

/**
 * Ids that a function reported as failed. Undefined when Lambda would take the whole batch as failed: an answer of
 * another form, an empty id, or an id that was not in the batch.
 */
function failuresOf(value: unknown, messages: readonly Message[]): ReadonlySet<string> | undefined {
  if (value === null) return new Set()
  const parsed = ResponseSchema.safeParse(value)
  if (!parsed.success) return undefined
  const ids = (parsed.data.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier)
  const known = new Set(messages.map(({ MessageId }) => MessageId))
  return ids.every((id) => known.has(id)) ? new Set(ids) : undefined
}

function recordOf(message: Message, queue: QueuePlan): object {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [
    name,
    { stringValue: attribute.StringValue, dataType: attribute.DataType, stringListValues: [], binaryListValues: [] },
  ])
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: place.region,
  }
}
