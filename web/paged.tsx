/** Lists whose later pages are asked for on demand: the first is kept current, the others stay as they were. */
import { useRef, useState } from 'preact/hooks'
import type { AnswerOf, InputOf, Operation } from '../api/operation.ts'
import { useAnswer, useFrame } from './context.tsx'
import type { Trouble } from './trouble.ts'
import { withLater } from './view/pages.ts'

export interface Paged<Row> {
  /** Undefined until the first page is there. */
  readonly rows?: readonly Row[]
  readonly trouble?: Trouble
  readonly stale: boolean
  /** A later page is on its way. */
  readonly loading: boolean
  /** Asks for the next page; absent where there is none. */
  readonly more?: () => void
  readonly again: () => void
}

interface Held<Row> {
  readonly subject: string
  /** The pages as they were when the last of them was asked for, the first among them. */
  readonly rows: readonly Row[]
  readonly next?: string | undefined
  readonly loading: boolean
  readonly trouble?: Trouble
}

/**
 * `inputOf` gives what to ask for the page at a cursor; undefined: not asked yet. `subject` says in a word what is asked:
 * when it changes, later pages are forgotten.
 */
export function usePaged<Asking extends Operation, Row>(
  operation: Asking,
  inputOf: ((cursor?: string) => InputOf<Asking>) | undefined,
  read: {
    readonly page: (answer: AnswerOf<Asking>) => { readonly rows: readonly Row[]; readonly next?: string | undefined }
    readonly keyOf: (row: Row) => string
    readonly subject: string
    readonly everySeconds?: number | undefined
  },
): Paged<Row> {
  const { api } = useFrame()
  const first = useAnswer(operation, inputOf?.(), { everySeconds: read.everySeconds })
  const [held, setHeld] = useState<Held<Row>>({ subject: '', rows: [], loading: false })
  const asking = useRef(false)
  const page = first.value === undefined ? undefined : read.page(first.value)
  const later = held.subject === read.subject ? held : undefined
  const joined = page === undefined ? undefined : withLater(page, later, read.keyOf)
  const loading = later?.loading === true
  const more = async (cursor: string, rows: readonly Row[]) => {
    if (asking.current || inputOf === undefined) return
    asking.current = true
    const { subject } = read
    setHeld({ subject, rows, next: cursor, loading: true })
    const reply = await api.ask(operation, inputOf(cursor))
    asking.current = false
    if (!reply.ok) return setHeld({ subject, rows, next: cursor, loading: false, trouble: reply.trouble })
    const got = read.page(reply.value)
    return setHeld({ subject, rows: [...rows, ...got.rows], next: got.next, loading: false })
  }
  const trouble = first.trouble ?? later?.trouble
  const next = joined?.next
  return {
    ...(joined === undefined ? {} : { rows: joined.rows }),
    ...(trouble === undefined ? {} : { trouble }),
    stale: first.stale,
    loading,
    ...(joined === undefined || next === undefined || loading ? {} : { more: () => void more(next, joined.rows) }),
    again: first.again,
  }
}
