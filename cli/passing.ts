/** Failures that pass: a network that is down for a while, a system that starts again. */
import { Refused } from './client.ts'
import { Failure } from './fault.ts'

/** Does it help to ask again? */
export function isPassing(error: unknown): error is Failure {
  if (error instanceof Refused) return error.status === 429 || error.status >= 500
  return error instanceof Failure
}
