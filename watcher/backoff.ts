/** How long to wait before trying again: exponential with full jitter, so that many watchers do not call in step. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface BackoffRequest {
  /** Attempts that failed in a row before this wait, from 0. */
  readonly attempt: number
  readonly baseMs: number
  readonly capMs: number
  /** A random number from 0 up to, but not including, 1. */
  readonly random: number
}

/** Milliseconds to wait: anything from 0 up to the base doubled with each attempt, never more than the cap. */
export function backoffMs({ attempt, baseMs, capMs, random }: BackoffRequest): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 52)))
}

/** Waits; an aborted signal ends the wait early. Never rejects. */
export async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  await sleep(waitMs, undefined, { signal }).catch(() => undefined)
}
