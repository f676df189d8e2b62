/** Listens to an emitter of events, be it MQTT.js's client or its stream. */

type Handlers = Readonly<Record<string, (...given: never[]) => void>>
interface Emitter {
  prependListener(event: string, listener: Handlers[string]): unknown
  removeListener(event: string, listener: Handlers[string]): unknown
}

/** Ahead of MQTT.js and the application: who wanted an end must be known before they react to it. */
export function attach(emitter: Emitter, handlers: Handlers): () => void {
  const each = (method: 'prependListener' | 'removeListener') => {
    for (const event in handlers) emitter[method](event, handlers[event]!)
  }
  each('prependListener')
  return () => each('removeListener')
}
