/** Ctrl-C for commands that go on until then: the first one asks them to end, the next one ends the process. */
import process from 'node:process'

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
}

/** Listens from now on until it is disposed of. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', abort)
      process.off('SIGTERM', abort)
    },
  }
}
