declare module 'aedes-stats' {
  import type { Aedes } from 'aedes'

  /** Publishes a broker's figures under `$SYS/<id>/` every `interval` milliseconds. */
  export default function stats(broker: Aedes, options: { interval: number }): void
}
