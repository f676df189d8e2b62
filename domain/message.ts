/** What a broker published about itself, as a feed hands it to a dialect. */
export interface Message {
  readonly topic: string
  /** Payload as UTF-8 text; bytes that are no UTF-8 stand as U+FFFD. */
  readonly payload: string
  /** The payload as it came; absent where only its text was kept. */
  readonly bytes?: Uint8Array
  readonly retain: boolean
  /** Epoch milliseconds at which the watcher received it. */
  readonly receivedAt: number
  /** How many messages of the same instant (see `Dialect.instantOf`) the feed received before this one. */
  readonly ordinal: number
  /** How many of those were the very same message: tells repeated equal lines of one second apart. */
  readonly repeat: number
}
