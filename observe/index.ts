/** What an application adds to its MQTT.js client to learn why its connections end. */
export { observe } from './observe.ts'
export type { Observer, ObserverOptions } from './observe.ts'
export { observeOptions } from './options.ts'
export type { ClaimStore } from './publish.ts'
export type * from './types.ts'
