/** Conventions by which devices tell of themselves: which topics, and what a message on them says. */
import type { Message } from '../message.ts'
import type { Presence } from '../presence.ts'
import { sparkplug } from './generic-sparkplug.ts'

/** What a message of a convention says: who came or went, that it is of another matter, or what is wrong with it. */
export type Told =
  | {
      readonly clientId: string
      readonly type: 'connected' | 'disconnected'
      /** What a birth and its death have in common. */
      readonly sessionKey?: string
      /** The device's own clock when it came. */
      readonly stampMs?: number
      /** Why it went, where that is known to be no will. */
      readonly reason?: string
    }
  | { readonly untold: string }
  | { readonly fault: string }

export interface Convention {
  readonly filters: readonly { readonly filter: string; readonly purpose: string }[]
  /** Undefined for a topic of another convention. */
  readonly read: (levels: readonly string[], message: Message) => Told | undefined
}

interface Words {
  readonly topic: string
  readonly online: string
  readonly offline: string
  /** Where the topic does not tell it. */
  readonly clientId?: string
}

/** A topic on which one word stands for coming and another for going. */
function wordsOn({ topic, online, offline, clientId }: Words): Convention {
  const pattern = topic.split('/')
  const place = pattern.indexOf('{clientId}')
  const filter = topic.replace('{clientId}', '+')
  return {
    filters: [{ filter, purpose: `devices that say ${online} or ${offline} on ${topic}` }],
    read: (levels, { payload }) => {
      const fits = (level: string, index: number) => level === '+' || index === place || level === levels[index]
      if (levels.length !== pattern.length || !pattern.every(fits)) return undefined
      if (payload !== online && payload !== offline) {
        return { untold: `neither ${online} nor ${offline}: ${payload.slice(0, 100)}` }
      }
      return { clientId: clientId ?? levels[place] ?? '', type: payload === online ? 'connected' : 'disconnected' }
    },
  }
}

const byName = {
  sparkplug,
  tasmota: wordsOn({ topic: 'tele/{clientId}/LWT', online: 'Online', offline: 'Offline' }),
  // Home Assistant itself; its devices choose their topics themselves.
  homeassistant: wordsOn({
    topic: 'homeassistant/status',
    online: 'online',
    offline: 'offline',
    clientId: 'homeassistant',
  }),
}

/** The convention that a setting names or describes. */
export function conventionOf(presence: Presence): Convention {
  return 'convention' in presence ? byName[presence.convention] : wordsOn(presence)
}
