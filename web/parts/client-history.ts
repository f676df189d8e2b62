/** Loads a client's history: the newest at once, older pages one after the other, what comes later as it comes. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { clientHistory } from '../../api/events.ts'
import type { InputOf } from '../../api/operation.ts'
import { instant } from '../../domain/time.ts'
import { useFrame } from '../context.tsx'
import { startQuery, type Query } from '../query.ts'
import type { TimeRange } from '../span.ts'
import type { Trouble } from '../trouble.ts'
import { askedAgainFrom, type Loaded, withNewer, withOlder } from '../view/client-history.ts'

export type HistoryQuestion = Omit<
  NonNullable<InputOf<typeof clientHistory>['query']>,
  'from' | 'to' | 'limit' | 'cursor'
>

export interface History {
  /** Absent until the first page is there. */
  readonly loaded?: Loaded
  /** Begin of what was asked for, epoch milliseconds. */
  readonly fromMs: number
  readonly trouble?: Trouble
  /** Older pages are on their way. */
  readonly loading: boolean
  /** Asks for older pages; absent where there are none. */
  readonly more?: () => void
  readonly again: () => void
}

interface Told {
  readonly key: string
  /** The question without its span. */
  readonly subject: string
  readonly loaded?: Loaded
  readonly trouble?: Trouble
}

const nothing: Partial<Told> = {}

/**
 * `question` undefined: not asked yet. Its pages are followed by themselves up to `atOnce`; `more` goes on as far again.
 */
export function useHistory(
  question: HistoryQuestion | undefined,
  { range, live, atOnce }: { readonly range: TimeRange; readonly live: boolean; readonly atOnce: number },
): History {
  const { api } = useFrame()
  // While it is live the span moves on by itself: what is loaded stays, and what is new is added.
  const span = live ? range.toMs - range.fromMs : `${range.fromMs}-${range.toMs}`
  const subject = JSON.stringify(question)
  const key = JSON.stringify([question, span, live])
  const [told, setTold] = useState<Told>({ key: '', subject: '' })
  const allowed = useRef({ key, pages: atOnce })
  const fromMs = useRef(range.fromMs)
  const query = useRef<Query>()
  if (allowed.current.key !== key) allowed.current = { key, pages: atOnce }
  useEffect(() => {
    if (question === undefined) return
    fromMs.current = range.fromMs
    const asked = {
      ...question,
      from: instant(range.fromMs),
      ...(live ? {} : { to: instant(range.toMs) }),
      limit: '1000',
    }
    let loaded: Loaded | undefined
    const wantsOlder = () => loaded === undefined || (loaded.next !== undefined && loaded.pages < allowed.current.pages)
    const own = startQuery<Loaded>({
      everyMs: live ? 10_000 : undefined,
      visible: document.visibilityState === 'visible',
      ask: async (signal) => {
        const older = wantsOlder()
        const again = older || loaded === undefined ? undefined : askedAgainFrom(loaded)
        const cursor = older ? loaded?.next : undefined
        const reply = await api.ask(
          clientHistory,
          {
            query: {
              ...asked,
              ...(again === undefined ? {} : { from: instant(Math.max(again, range.fromMs)) }),
              ...(cursor === undefined ? {} : { cursor }),
            },
          },
          signal,
        )
        if (!reply.ok) return reply
        const value = older || loaded === undefined ? withOlder(loaded, reply.value) : withNewer(loaded, reply.value)
        return { ok: true, value }
      },
      told: (reply) => {
        if (reply.ok) loaded = reply.value
        setTold({
          key,
          subject,
          ...(loaded === undefined ? {} : { loaded }),
          ...(reply.ok ? {} : { trouble: reply.trouble }),
        })
        if (reply.ok && wantsOlder()) queueMicrotask(() => own.again())
      },
    })
    query.current = own
    const seen = () => own.seen(document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', seen)
    return () => {
      document.removeEventListener('visibilitychange', seen)
      own.stop()
    }
    // `question` and `range` are new with every drawing; `key` says what they hold.
  }, [api, key])
  return useMemo(() => {
    const isCurrent = told.key === key
    // What was loaded of another span stays until the new one is there.
    const { loaded, trouble } = told.subject === subject ? told : nothing
    const next = loaded?.next
    const loading = !isCurrent || loaded === undefined || (next !== undefined && loaded.pages < allowed.current.pages)
    return {
      ...(loaded === undefined ? {} : { loaded }),
      ...(trouble === undefined ? {} : { trouble }),
      fromMs: fromMs.current,
      loading: loading && (trouble === undefined || !isCurrent),
      again: () => query.current?.again(),
      ...(next === undefined || loading
        ? {}
        : {
            more: () => {
              allowed.current = { key, pages: allowed.current.pages + atOnce }
              setTold((before) => ({ ...before }))
              query.current?.again()
            },
          }),
    }
  }, [told, key, subject, atOnce])
}
