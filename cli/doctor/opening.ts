/** A link as the watcher opens it: over MQTT 5, else 3.1.1; RabbitMQ over AMQP. */
import type { IConnackPacket } from 'mqtt'
import type { Subscription } from '../../domain/dialect.ts'
import { openAmqpLink } from '../../watcher/amqp-link.ts'
import type { Ending } from '../../watcher/ending.ts'
import { type Link, openLink, type Standing } from '../../watcher/link.ts'
import { createHeard, type Heard } from './heard.ts'
import type { Known } from './subject.ts'

export interface OpeningOptions {
  readonly clientId: string
  readonly clean: boolean
  /** Filters beside those of the dialect; asked for after them. */
  readonly more?: readonly Subscription[]
  /** The level that is known to work. */
  readonly level?: 4 | 5
}

export interface Opening {
  readonly link: Link
  readonly heard: Heard
  readonly level: 4 | 5
  /** What the broker said when it let us in, over MQTT. */
  readonly connack: IConnackPacket | undefined
  /** Undefined when the link ended before its subscriptions were answered: then `ending` says why. */
  readonly standing: Standing | undefined
  readonly ending: Ending | undefined
  /** Why it ended after it had stood; undefined while it stands. */
  readonly lost: () => Ending | undefined
  /** What the broker answered to MQTT 5, where 3.1.1 was tried then. */
  readonly refusal5?: string
}

/** Opens a link and waits until it stands or has ended. Never rejects. */
export async function open(subject: Known, options: OpeningOptions): Promise<Opening> {
  const { protocolVersion } = subject.feed.connection
  // What RabbitMQ's MQTT plugin speaks in every version: for the probes.
  if (isAmqp(subject)) return attempt(subject, { ...options, level: 4 })
  const first = await attempt(subject, { ...options, level: options.level ?? protocolVersion ?? 5 })
  const isOlder = first.ending?.refusesLevel5 !== undefined
  if (!isOlder || protocolVersion !== undefined || options.level !== undefined) return first
  return { ...(await attempt(subject, { ...options, level: 4 })), refusal5: first.ending?.words ?? '' }
}

export const isAmqp = ({ dialect }: Known): boolean => dialect.transport === 'amqp'

async function attempt(
  subject: Known,
  { clientId, clean, more = [], level }: OpeningOptions & { readonly level: 4 | 5 },
): Promise<Opening> {
  const heard = createHeard(subject)
  let connack: IConnackPacket | undefined
  let isAsked = false
  // A broker sends no more than so much that is not acknowledged.
  const acknowledge = () => {
    isAsked = false
    link.receipt()?.()
  }
  const link: Link = (isAmqp(subject) ? openAmqpLink : openLink)({
    feed: subject.feed,
    credentials: subject.credentials,
    protocol: level,
    clientId,
    clean,
    subscriptions: [...subject.dialect.subscriptions, ...more],
    onAccepted: (packet) => {
      connack = packet
    },
    onPacket: () => undefined,
    onMessage: (arrival) => {
      heard.take(arrival)
      if (isAsked) return
      isAsked = true
      setImmediate(acknowledge)
    },
    onPressing: () => undefined,
  })
  let lost: Ending | undefined
  const remember = async () => {
    lost = await link.ended
  }
  void remember()
  const standing = await link.standing
  const ending = standing === undefined ? await link.ended : undefined
  return { link, heard, level, connack, standing, ending, lost: () => lost }
}

/** Says goodbye, and waits until that is done. */
export async function close({ link }: Opening): Promise<void> {
  link.close('the doctor is done')
  await link.ended
}
