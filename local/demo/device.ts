/** A client that behaves like a device: keeps a connection, publishes now and then, finds another broker when its own is gone. */
import { connect, type MqttClient } from 'mqtt'
import { observe } from '../../observe/index.ts'

export interface DeviceOptions {
  readonly clientId: string
  /** Brokers it may use, its own first. */
  readonly urls: readonly string[]
  readonly random: () => number
  readonly password?: string
  /** It tells its broker what it saw of its own connections. */
  readonly observes?: boolean
  /** The shortest pause before it tries again; the longest is four times that. */
  readonly pauseMs?: number
}

export interface Device {
  readonly clientId: string
  /** Is it on another broker than its own? */
  readonly isAway: () => boolean
  /** Says goodbye and comes back to its own broker after a pause. */
  readonly goHome: (pauseMs: number) => void
  /** Loses its connection without a goodbye, and comes back. */
  readonly drop: () => void
  /** Loses its connection and stays away. */
  readonly unplug: () => void
  readonly plugIn: () => void
  /** Says goodbye for good. */
  readonly stop: () => Promise<void>
}

const publishEveryMs = 15_000
/** So long it tries to reach one broker before it goes to another. */
const patienceMs = 25_000

/** Starts a device; it connects after up to `spreadMs`. */
export function startDevice(options: DeviceOptions, spreadMs: number): Device {
  const { clientId, urls, random, password, observes = false, pauseMs: shortestMs = 500 } = options
  let client: MqttClient | undefined
  let runs = true
  let place = 0
  let lostMs: number | undefined
  let retry: NodeJS.Timeout | undefined
  // Every attempt is a client of MQTT.js of its own: what waits to be told goes from one to the next.
  let untold: string | undefined
  const store = {
    load: () => untold,
    save: (text: string) => {
      untold = text
    },
  }
  const later = (pauseMs: number) => {
    clearTimeout(retry)
    if (runs) retry = setTimeout(open, pauseMs)
  }
  const open = () => {
    const link = connect(urls[place] ?? '', {
      clientId,
      keepalive: 30,
      connectTimeout: 5000,
      reconnectPeriod: 0,
      protocolVersion: 4,
      ...(password === undefined ? {} : { username: clientId, password }),
    })
    client = link
    if (observes) observe(link, { publish: true, store })
    link.on('connect', () => {
      lostMs = undefined
    })
    // Every close is followed by another attempt; the error itself changes nothing for a device.
    link.on('error', () => {})
    link.once('close', () => {
      if (client !== link) return
      client = undefined
      lostMs ??= Date.now()
      if (Date.now() - lostMs >= patienceMs) {
        lostMs = undefined
        place = (place + 1) % urls.length
      }
      later(shortestMs * (1 + 3 * random()))
    })
  }
  const publishing = setInterval(
    () => {
      if (client?.connected) client.publish(`telemetry/${clientId}`, String(Math.round(random() * 1000)))
    },
    publishEveryMs * (0.8 + random() * 0.4),
  )
  const leave = async () => {
    const link = client
    client = undefined
    clearTimeout(retry)
    if (link) await link.endAsync(!link.connected)
  }
  later(random() * spreadMs)
  return {
    clientId,
    isAway: () => place !== 0,
    goHome: (pauseMs) => {
      place = 0
      lostMs = undefined
      void leave().then(() => later(pauseMs))
    },
    drop: () => client?.stream.destroy(),
    unplug: () => {
      runs = false
      clearTimeout(retry)
      client?.stream.destroy()
    },
    plugIn: () => {
      runs = true
      later(0)
    },
    stop: async () => {
      runs = false
      clearInterval(publishing)
      await leave()
    },
  }
}
