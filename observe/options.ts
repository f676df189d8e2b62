/** How to see the close codes of WebSockets: public options of MQTT.js that hand the WebSocket over. */
import type { IClientOptions, MqttClient } from 'mqtt'
import { isNode } from './runtime.ts'

/** What is known of a client's last WebSocket. */
interface Door {
  /** Absent where nobody saw it, and its end may come without a word. */
  isOpen?: boolean
  /** Absent where this side had ended it. */
  code?: number
}
/** Several copies of this code may meet in one client: they find each other's door. */
export interface Watched extends IClientOptions {
  keepwatchDoor?: Door
}

/** As `ws` and browsers have it. */
interface Socket {
  addEventListener(type: string, listener: (event: { readonly code?: number }) => void): void
}
interface Hooks {
  wsOptions?: { finishRequest?: (request: { end(): void }, socket: Socket) => void }
  createWebsocket?: (url: string, protocols: string[], options: unknown) => Socket
  transformWsUrl?: (url: string, options: unknown, client: MqttClient) => string
  forceNativeWebSocket?: boolean
}

/** MQTT.js asks for the URL, and opens the WebSocket at once. */
let opening: MqttClient

function watch(socket: Socket): void {
  const client = opening
  const options: Watched = client.options
  const door: Door = { isOpen: false }
  options.keepwatchDoor = door
  const close = (code = 1006) => {
    if (!client.stream.destroyed) door.code = code
  }
  socket.addEventListener('open', () => (door.isOpen = true))
  // Where there was an error, browsers tell the code (which is always that one) after MQTT.js has ended the stream.
  socket.addEventListener('error', () => close())
  socket.addEventListener('close', ({ code }) => close(code))
}

/**
 * Options for `mqtt.connect` with which the observer sees the close code of the first WebSocket too:
 * `mqtt.connect(url, observeOptions({ … }))`. Without it, from the second on.
 */
export function observeOptions<T extends object>(options: T): T {
  const { wsOptions, createWebsocket, transformWsUrl, forceNativeWebSocket }: Hooks = options
  const hooks: Hooks = {
    transformWsUrl: (url, all, client) => {
      opening = client
      return transformWsUrl ? transformWsUrl(url, all, client) : url
    },
  }
  if (isNode && !createWebsocket && !forceNativeWebSocket) {
    hooks.wsOptions = {
      ...wsOptions,
      finishRequest: (request, socket) => {
        watch(socket)
        if (wsOptions?.finishRequest) wsOptions.finishRequest(request, socket)
        else request.end()
      },
    }
  } else {
    hooks.createWebsocket = (url, protocols, all) => {
      const socket = createWebsocket ? createWebsocket(url, protocols, all) : new WebSocket(url, protocols)
      watch(socket)
      return socket
    }
  }
  return { ...options, ...hooks }
}

/** Of a client that was made without them, for its WebSockets from now on. */
export function watchNext({ options }: MqttClient): void {
  const watched: Watched = options
  if (watched.keepwatchDoor) return
  Object.assign(watched, observeOptions(watched))
  // That of `ws` does not end without a word, unless this side ends it.
  watched.keepwatchDoor = isNode ? { isOpen: false } : {}
}
