/** What every page and part needs of the frame: the API, the address, and whether somebody looks. */
import { createContext } from 'preact'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { navigate, usePathname, useSearch } from 'wouter-preact/use-browser-location'
import type { AnswerOf, InputOf, Operation } from '../api/operation.ts'
import { requestOf } from '../api/request.ts'
import type { Api, Session } from './api.ts'
import { useNow } from './clock.ts'
import { after, type Query, type QueryState, startQuery } from './query.ts'
import { hrefOf, type Place, placeOf, usualSpanOf } from './routes.ts'
import { rangeOf, type Span, spanOf, type TimeRange } from './span.ts'
import { noConnection } from './trouble.ts'

export { useNow } from './clock.ts'

export interface Frame {
  readonly api: Api
  readonly session: Session | undefined
}

export const FrameContext = createContext<Frame>({
  api: {
    ask: async () => Promise.resolve({ ok: false, trouble: noConnection }),
    askAll: async () => Promise.resolve({ ok: false, trouble: noConnection }),
    session: async () => Promise.resolve(undefined),
  },
  session: undefined,
})

export function useFrame(): Frame {
  return useContext(FrameContext)
}

export interface Address {
  readonly place: Place
  readonly span: Span
  /** All parameters of the address: filters of a page are in it too. */
  readonly params: URLSearchParams
  /** A link to another place in the same span of time; in the one usual there, where the usual one is shown here. */
  readonly href: (place: Place, extra?: Readonly<Record<string, string>>) => string
  /** Shows another span; the back button leads to the one before. */
  readonly setSpan: (span: Span) => void
  /** Sets parameters of the page's own, or takes them away; leaves no trace in the history. */
  readonly setParams: (changes: Readonly<Record<string, string | undefined>>) => void
}

const spanNames = new Set(['last', 'from', 'to', 'clientId'])

/** Where the page is, and how to go elsewhere. */
export function useAddress(): Address {
  const path = usePathname()
  const search = useSearch()
  return useMemo(() => {
    const params = new URLSearchParams(search)
    const place = placeOf(path, params)
    const span = spanOf(params, usualSpanOf(place))
    const isUsual = JSON.stringify(span) === JSON.stringify(usualSpanOf(place))
    const own = Object.fromEntries([...params].filter(([name]) => !spanNames.has(name)))
    return {
      place,
      span,
      params,
      href: (to, extra = {}) => hrefOf(to, isUsual ? usualSpanOf(to) : span, extra),
      setSpan: (to) => navigate(hrefOf(place, to, own)),
      setParams: (changes) => {
        const kept = Object.entries({ ...own, ...changes }).flatMap(([name, value]) =>
          value === undefined || value === '' ? [] : [[name, value] as const],
        )
        navigate(hrefOf(place, span, Object.fromEntries(kept)), { replace: true })
      },
    }
  }, [path, search])
}

/** The times that the address means now. It moves on while the span is live. */
export function useRange(): { readonly range: TimeRange; readonly live: boolean } {
  const { span } = useAddress()
  const { fromMs, toMs } = rangeOf(span, useNow(10))
  return { range: useMemo(() => ({ fromMs, toMs }), [fromMs, toMs]), live: span.kind === 'last' }
}

export type Asked<Value> = QueryState<Value> & {
  /** Asks again at once. */
  readonly again: () => void
}

export interface AskOptions {
  /** How often it is asked again while somebody looks. Absent: once. */
  readonly everySeconds?: number | undefined
  /** Follows `next` to the end of the list. */
  readonly all?: boolean
}

/**
 * Asks the API and goes on asking. `input` undefined: not yet. When only the times of the question change, the answer
 * before is shown as stale until the new one is there.
 */
export function useAnswer<Asking extends Operation>(
  operation: Asking,
  input: InputOf<Asking> | undefined,
  { everySeconds, all = false }: AskOptions = {},
): Asked<AnswerOf<Asking>> {
  const { api } = useFrame()
  const key = input === undefined ? undefined : requestOf(operation, input).path
  const subject = key?.replace(/([?&](from|to|step|cursor)=[^&]*)/g, '')
  const [held, setHeld] = useState<Held<AnswerOf<Asking>>>({ key: undefined, subject: undefined, state: waiting })
  const query = useRef<Query>()
  useEffect(() => {
    if (key === undefined || input === undefined) return
    const visible = () => document.visibilityState === 'visible'
    const own = startQuery<AnswerOf<Asking>>({
      ask: async (signal) => (all ? api.askAll : api.ask)(operation, input, signal),
      everyMs: everySeconds === undefined ? undefined : everySeconds * 1000,
      visible: visible(),
      told: (reply) =>
        setHeld((before) => ({
          key,
          subject,
          state: after(before.subject === subject ? before.state : waiting, reply),
        })),
    })
    query.current = own
    const seen = () => own.seen(visible())
    document.addEventListener('visibilitychange', seen)
    return () => {
      document.removeEventListener('visibilitychange', seen)
      own.stop()
    }
    // `input` is new with every drawing; `key` says what it holds.
  }, [api, operation, key, everySeconds, all])
  const again = useMemo(() => () => query.current?.again(), [])
  return useMemo(() => {
    if (held.key === key && key !== undefined) return { ...held.state, again }
    return { ...(held.subject === subject && key !== undefined ? { ...held.state, stale: true } : waiting), again }
  }, [held, key, subject, again])
}

interface Held<Value> {
  readonly key: string | undefined
  readonly subject: string | undefined
  readonly state: QueryState<Value>
}

const waiting = { loading: true, stale: false } as const
