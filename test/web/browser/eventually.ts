/** Expectations that hold after a while. */
import { expect } from 'vitest'

/** Expects it in the end: machines that test are busy. */
export function eventually<Value>(read: () => Value | Promise<Value>) {
  return expect.poll(read, { timeout: 20_000 })
}
