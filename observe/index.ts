/** What an application adds to its MQTT.js client to learn why its connections end. */
export type { Observer, ObserverOptions } from './api.ts'
export { observe } from './observe.ts'
export type { ClaimStore } from './publish.ts'
export type * from './types.ts'
