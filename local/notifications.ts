/** Delivers what is published to the topics: to listeners on this machine, and to a webhook. */
import { SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import * as z from 'zod/mini'
import { alertUrl, machineSeparator } from '../domain/notification.ts'
import { harmless } from '../domain/text.ts'
import { secondMs } from '../domain/time.ts'
import type { Clients } from './clients.ts'
import type { TopicPlan } from './plan.ts'
import { arnOf } from './physical.ts'

export interface PublishedNotification {
  readonly topicArn: string
  readonly topic: string
  readonly subject: string
  readonly message: string
  readonly attributes: Readonly<Record<string, string>>
  /** Where the page of this machine shows the alert. */
  readonly link?: string | undefined
  /** When it was published. */
  readonly at: string
}

const EnvelopeSchema = z.looseObject({
  TopicArn: z.string(),
  Subject: z.optional(z.nullable(z.string())),
  Message: z.string(),
  Timestamp: z.string(),
  MessageAttributes: z._default(z.record(z.string(), z.looseObject({ Value: z.string() })), {}),
})

const inbox = 'keepwatch-local-notifications'
const webhookAttempts = 4
const webhookTimeoutMs = 10 * secondMs

export interface NotificationOptions {
  readonly topics: readonly TopicPlan[]
  /** An administrator's clients: the inbox is no part of the template. */
  readonly clients: Pick<Clients, 'sns' | 'sqs'>
  readonly gatewayUrl: string
  /** Where this machine serves the page, if it does. */
  readonly pageUrl?: string | undefined
  readonly say: (line: string) => void
  readonly listener: (notification: PublishedNotification) => void | Promise<void>
}

/** Subscribes an inbox to every topic and hands each notification to the listener. */
export async function startNotifications(
  options: NotificationOptions,
): Promise<{ readonly stop: () => Promise<void> }> {
  const { sns, sqs } = options.clients
  await sqs.send(new CreateQueueCommand({ QueueName: inbox }))
  const endpoint = arnOf('AWS::SQS::Queue', inbox)
  for (const { arn } of options.topics) {
    await sns.send(new SubscribeCommand({ TopicArn: arn, Protocol: 'sqs', Endpoint: endpoint }))
  }
  const state = { stopping: false }
  const loop = deliver(options, state)
  return {
    stop: async () => {
      state.stopping = true
      await loop
    },
  }
}

async function deliver(options: NotificationOptions, state: { readonly stopping: boolean }): Promise<void> {
  const QueueUrl = `${options.gatewayUrl}/000000000000/${inbox}`
  const { sqs } = options.clients
  for (let last = false; !last; ) {
    last = state.stopping
    try {
      const received = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: last ? 0 : 1 }),
      )
      const messages = received.Messages ?? []
      if (messages.length === 0) continue
      for (const { Body } of messages) await handOver(options, Body ?? '')
      const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    } catch (error) {
      options.say(`Receiving notifications failed: ${error instanceof Error ? error.message : String(error)}`)
      await new Promise((done) => setTimeout(done, secondMs))
    }
  }
}

async function handOver({ topics, pageUrl, listener, say }: NotificationOptions, body: string): Promise<void> {
  const { TopicArn, Subject, Message, Timestamp, MessageAttributes } = EnvelopeSchema.parse(JSON.parse(body))
  const topic = topics.find(({ arn }) => arn === TopicArn)?.title ?? TopicArn
  const attributes = Object.fromEntries(Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value]))
  const id = alertIdIn(Message)
  const link = id === undefined || pageUrl === undefined ? {} : { link: alertUrl(pageUrl, id) }
  const published = { topicArn: TopicArn, topic, subject: Subject ?? '', message: Message, attributes, ...link }
  try {
    await listener({ ...published, at: Timestamp })
  } catch (error) {
    say(`A notification could not be handed over: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const ForMachinesSchema = z.looseObject({ alert: z.looseObject({ id: z.string() }) })

/** The id of the alert that a notification tells of; undefined for what tells of something else. */
function alertIdIn(message: string): string | undefined {
  try {
    return ForMachinesSchema.parse(JSON.parse(message.split(`\n${machineSeparator}\n`)[1] ?? '')).alert.id
  } catch {
    return undefined
  }
}

/** The part of a notification that is for people, as lines that cannot act in a terminal; after the first, its link. */
export function linesForPeople({
  subject,
  message,
  link,
}: Pick<PublishedNotification, 'subject' | 'message' | 'link'>): string[] {
  const text = message.split(`\n${machineSeparator}\n`)[0] ?? ''
  const [first = '', ...rest] = text === '' ? [subject] : text.split('\n')
  const lines = [first, ...(link === undefined ? [] : [link]), ...rest]
  return lines.map((line) => harmless(line, 500)).filter((line) => line !== '')
}

/**
 * Posts a notification as JSON, four times at most, waiting longer each time. A client's fault (4xx but 408 and 429) is
 * not tried again. Never rejects: what could not be delivered is said.
 */
export async function postToWebhook(
  url: string,
  notification: PublishedNotification,
  { say, pauseMs = secondMs }: { readonly say: (line: string) => void; readonly pauseMs?: number },
): Promise<void> {
  let fault = ''
  for (let attempt = 1; attempt <= webhookAttempts; attempt += 1) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'keepwatch' },
        body: JSON.stringify(notification),
        signal: AbortSignal.timeout(webhookTimeoutMs),
        redirect: 'manual',
      })
      await response.body?.cancel()
      if (response.ok) return
      fault = `it answered ${response.status}`
      if (response.status < 500 && response.status !== 408 && response.status !== 429) break
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error)
    }
    if (attempt < webhookAttempts) await new Promise((done) => setTimeout(done, pauseMs * 2 ** (attempt - 1)))
  }
  say(`The webhook ${originOf(url)} did not take a notification: ${harmless(fault)}.`)
}

/** Webhook URLs often carry a secret in their path. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'given'
}
