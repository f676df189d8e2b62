/** What leaves the process: loaded only by observers that log or publish, or are asked what they observe. */
import type { MqttClient } from 'mqtt'
import type { ObserverOptions } from './api.ts'
import { observedOf } from './observed.ts'
import { createPublisher } from './publish.ts'
import type { Observation } from './types.ts'

export { observedOf }

/** Gives what takes each event. It never throws. */
export function openClaims(client: MqttClient, options: ObserverOptions): (event: Observation) => void {
  const observed = () => observedOf(client)
  const publisher = options.publish && createPublisher(client, observed, options)
  return (event) => {
    try {
      if (event.type !== 'ping' && event.type !== 'refused')
        options.log?.(JSON.stringify({ keepwatch: 1, ...observed(), events: [event] }))
    } catch (error) {
      console.error(error)
    }
    // MQTT.js is in the midst of something.
    if (publisher) queueMicrotask(() => publisher.take(event))
  }
}
