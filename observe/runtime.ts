/** What the process runs in. */

interface World {
  readonly document?: object
  readonly process?: { readonly versions?: { readonly node?: string; readonly electron?: string } }
  keepwatchProcess?: string
}
const world: World = globalThis

const versions = world.process?.versions
/** As MQTT.js chooses between `ws` and the platform's WebSocket. */
export const isNode = !!(versions?.electron || (!world.document && versions?.node))
export const runtime = isNode ? 'node' : world.document ? 'browser' : 'worker'

/** Random; two copies of this code in one process name it alike. */
export const processName = (world.keepwatchProcess ??= Math.random().toString(36).slice(2))
