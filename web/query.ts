/** A question that is asked again and again while somebody looks: keeps the last answer, waits longer after failures. */
import type { Reply } from './api.ts'
import type { Trouble } from './trouble.ts'

export interface QueryState<Value> {
  /** The last answer, kept while it is asked again and when that fails. */
  readonly value?: Value
  /** Why the last time of asking failed. */
  readonly trouble?: Trouble
  /** Nothing was answered yet. */
  readonly loading: boolean
  /** `value` answers an earlier question, or is older than it should be. */
  readonly stale: boolean
}

export interface Query {
  /** Asks now. */
  readonly again: () => void
  /** The page came into view, or went out of it: while nobody looks nothing is asked. */
  readonly seen: (visible: boolean) => void
  readonly stop: () => void
}

export interface QueryOptions<Value> {
  readonly ask: (signal: AbortSignal) => Promise<Reply<Value>>
  /** Undefined: once is enough. */
  readonly everyMs: number | undefined
  readonly visible: boolean
  readonly told: (reply: Reply<Value>) => void
}

const longestMs = 60_000
const firstRetryMs = 2000

/** Begins to ask. */
export function startQuery<Value>({ ask, everyMs, visible, told }: QueryOptions<Value>): Query {
  let looking = visible
  let failures = 0
  let due = true
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | undefined

  function next(): void {
    clearTimeout(timer)
    const waitMs =
      failures === 0 ? everyMs : Math.min(Math.max(everyMs ?? 0, firstRetryMs) * 2 ** (failures - 1), longestMs)
    if (waitMs === undefined) return
    timer = setTimeout(() => {
      due = true
      run()
    }, waitMs)
  }

  function run(): void {
    if (!looking || !due || asking !== undefined) return
    due = false
    clearTimeout(timer)
    const own = new AbortController()
    asking = own
    void settle(own)
  }

  async function settle(own: AbortController): Promise<void> {
    const reply = await ask(own.signal)
    if (own.signal.aborted) return
    asking = undefined
    failures = reply.ok ? 0 : failures + 1
    told(reply)
    if (!reply.ok && reply.trouble.kind === 'wrong') return
    next()
    run()
  }

  run()
  return {
    again: () => {
      due = true
      run()
    },
    seen: (now) => {
      looking = now
      run()
    },
    stop: () => {
      clearTimeout(timer)
      asking?.abort()
    },
  }
}

/** What is shown after a reply: a failure keeps the answer before it, marked as old. */
export function after<Value>(state: QueryState<Value>, reply: Reply<Value>): QueryState<Value> {
  if (reply.ok) return { value: reply.value, loading: false, stale: false }
  const old = state.value === undefined || reply.trouble.kind === 'absent' ? {} : { value: state.value }
  return { ...old, trouble: reply.trouble, loading: false, stale: true }
}
