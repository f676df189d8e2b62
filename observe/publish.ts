/** Sends what an observer saw to the client's own broker; what was seen while there was no connection waits. */
import type { MqttClient } from 'mqtt'
import type { ClaimDocument, Observation, Observed } from './types.ts'

/** Where the application keeps what is not sent yet, so that it outlives the process: a file, `localStorage`. */
export interface ClaimStore {
  readonly load: () => string | undefined | null | Promise<string | undefined | null>
  readonly save: (text: string) => unknown
}
export interface PublishOptions {
  /** Events that wait; beyond it the oldest are dropped, and counted. Default: 100. */
  readonly maximumEvents?: number
  /** Without one, what waits is gone with the process. What it throws is ignored. */
  readonly store?: ClaimStore | undefined
}
export interface Publisher {
  /** Takes what the observer tells. Returns at once and never throws. */
  readonly take: (observation: Observation) => void
}

/** With texts so long a document stays below the 32 KiB that a watcher takes. */
const documentEvents = 16
const longestText = 256
/** A longer one may not fit into its packet. */
const longestTopic = 20_000

interface Waiting {
  readonly about: Observed
  readonly event: ClaimDocument['events'][number]
}

const write = (what: unknown) =>
  JSON.stringify(what, (_, value: unknown) => (typeof value === 'string' ? value.slice(0, longestText) : value))

/**
 * Publishes what `take` is given to `keepwatch/v1/clients/{clientId}`, at QoS 1 and only while connected. An event is kept
 * until the broker acknowledged it. Sets no timer and no listener.
 */
export function createPublisher(
  client: MqttClient,
  observed: () => Observed,
  { maximumEvents = 100, store }: PublishOptions = {},
): Publisher {
  let waiting: Waiting[] = []
  /** The first of those that wait: published, and not acknowledged yet. */
  let sending: Waiting[] = []
  let dropped = 0
  let messageId = 0
  let failures = 0
  /** Above 0 this connection is let pass: a broker that hangs up on whoever publishes must not be made to for ever. */
  let pause = 0

  async function load(): Promise<void> {
    try {
      const kept: { dropped: number; waiting: Waiting[] } = JSON.parse((await store?.load()) ?? '')
      // Nobody may speak for another id.
      waiting = [...kept.waiting.filter(({ about }) => about.clientId === observed().clientId), ...waiting]
      dropped += kept.dropped
    } catch {
      // Nothing was kept, or nothing that can be read.
    }
  }
  const loaded = load()

  async function take(observation?: Observation): Promise<void> {
    try {
      const type = observation?.type
      if (type === 'refused') return
      // A connection that stands has proved itself.
      if (type === 'connected' || type === 'ping') pause -= 1
      if (type === 'closed' && messageId) {
        // It is ours to send again: MQTT.js would do so with every connection, and `end()` would wait for it.
        client.removeOutgoingMessage(messageId)
        if (client.disconnecting) client.emit('outgoingEmpty')
      }
      if (type && type !== 'ping') waiting.push({ about: observed(), event: observation })
      dropped += waiting.splice(sending.length, waiting.length - maximumEvents).length
      await loaded
      // `offline` comes before MQTT.js knows that it is not connected.
      const isUp = client.connected && !client.disconnecting && !client.stream.destroyed
      if (!sending[0] && pause < 1 && isUp) publish()
      if (type !== 'ping') await store?.save(write({ dropped, waiting }))
    } catch {
      // The application must not notice that it is observed.
    }
  }

  function publish(): void {
    const about = waiting[0]?.about
    // What a topic may not hold, and what parts it. All else stays as it is, so that access lists fit.
    const topic = `keepwatch/v1/clients/${about?.clientId.replace(/[%#+/\p{Cc}]/gu, encodeURIComponent)}`
    if (!about || topic.length > longestTopic) return
    const told = dropped
    sending = waiting.slice(0, documentEvents).filter((each) => write(each.about) === write(about))
    const events = sending.map(({ event }) => event)
    client.publish(topic, write({ keepwatch: 1, ...about, dropped, events }), { qos: 1 }, (error) => {
      if (error) pause = 2 ** failures++
      else {
        waiting = waiting.filter((each) => !sending.includes(each))
        dropped -= told
        failures = 0
      }
      sending = []
      messageId = 0
      void take()
    })
    if (sending[0]) messageId = client.getLastMessageId()
  }

  return { take: (observation) => void take(observation) }
}
