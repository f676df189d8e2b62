/** What all dialects build their readings from: rejections, gauges, ends of connections, limits of client ids. */
import type { SampleName } from '../batch.ts'
import { type Cause, type CauseMeaning, causes } from '../cause.ts'
import type { Reading, RejectionReason } from '../dialect.ts'
import { type EventDraft, maxClientIdBytes } from '../event.ts'
import type { Message } from '../message.ts'
import { harmless } from '../text.ts'
import { instant } from '../time.ts'

/** A rejection. `detail` may quote the message: it is made harmless here. */
export function rejected(reason: RejectionReason, detail: string): Reading {
  return { kind: 'rejection', reason, detail: harmless(detail, 300) }
}

/** A topic that no subscription of the dialect asks for. */
export function notWatched(topic: string): Reading {
  return rejected('not_watched', topic)
}

/** Bytes of the text in UTF-8; a lone surrogate counts as the U+FFFD that stands for it on the wire. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= 0x80) bytes += code < 0x800 ? 1 : 2
    // A pair is four bytes: its second half adds nothing more.
    if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) index += 1
  }
  return bytes
}

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code < 0xe000

/** What is wrong with a client id, if anything. No broker lets an empty one through: it makes up another. */
export function clientIdFault(clientId: string): string | undefined {
  if (clientId === '') return 'the client id is empty'
  // No UTF-16 unit takes more than three bytes, so short ones need no counting.
  if (clientId.length * 3 <= maxClientIdBytes || utf8Bytes(clientId) <= maxClientIdBytes) return undefined
  return `the client id is longer than ${maxClientIdBytes} bytes`
}

/** Cause of an end with what it means. `initiator` where the message tells less, or more, than the cause does. */
export function endedBy(
  cause: Cause,
  initiator: CauseMeaning['initiator'] = causes[cause].initiator,
): Pick<EventDraft, 'cause' | 'initiator' | 'graceful' | 'origin'> {
  return { cause, initiator, graceful: causes[cause].graceful, origin: 'broker' }
}

/** Tells an event from equal ones of the same instant: how many came before it. */
export function repeated({ repeat }: Pick<Message, 'repeat'>): Pick<EventDraft, 'repeat'> {
  return repeat === 0 ? {} : { repeat }
}

/** Reads a payload that is one decimal figure. Brokers tell no time with it, so it belongs to its receipt. */
export function gauge(
  name: SampleName,
  message: Message,
  from: { readonly cluster: string; readonly broker: string },
): Reading {
  if (!/^\d{1,15}(?:\.\d{1,10})?$/.test(message.payload)) {
    return rejected('malformed', `${message.topic} should be a decimal figure and is ${message.payload.slice(0, 100)}`)
  }
  return {
    kind: 'samples',
    samples: [
      {
        cluster: from.cluster,
        broker: from.broker,
        name,
        at: instant(message.receivedAt),
        value: Number(message.payload),
      },
    ],
  }
}
