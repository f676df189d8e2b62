/** Lists whose later pages are asked for on demand: the first is kept current, the others stay as they were. */
import { useRef, useState } from 'preact/hooks'
import type { AnswerOf, InputOf, Operation } from '../api/operation.ts'
import { useAnswer, useFrame } from './context.tsx'
import type { Trouble } from './trouble.ts'

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

interface Later<Row> {
  readonly subject: string
  readonly rows: readonly Row[]
  readonly next?: string | undefined
  readonly loading: boolean
  readonly trouble?: Trouble
}

/** `inputOf` gives what to ask for the page at a cursor, and is memoized by what it asks; undefined: not asked yet. */
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
  const [held, setHeld] = useState<Later<Row>>({ subject: '', rows: [], loading: false })
  const asking = useRef(false)
  const page = first.value === undefined ? undefined : read.page(first.value)
  const later = held.subject === read.subject ? held : undefined
  const next = later === undefined ? page?.next : later.next
  const loading = later?.loading === true
  const more = async () => {
    if (asking.current || inputOf === undefined || next === undefined) return
    asking.current = true
    const { subject } = read
    const before = later ?? { rows: [] }
    setHeld({ subject, rows: before.rows, next, loading: true })
    const reply = await api.ask(operation, inputOf(next))
    asking.current = false
    if (!reply.ok) return setHeld({ subject, rows: before.rows, next, loading: false, trouble: reply.trouble })
    const got = read.page(reply.value)
    return setHeld({ subject, rows: [...before.rows, ...got.rows], next: got.next, loading: false })
  }
  const trouble = first.trouble ?? later?.trouble
  return {
    ...(page === undefined ? {} : { rows: withoutDoubles([...page.rows, ...(later?.rows ?? [])], read.keyOf) }),
    ...(trouble === undefined ? {} : { trouble }),
    stale: first.stale,
    loading,
    ...(next === undefined || loading ? {} : { more: () => void more() }),
    again: first.again,
  }
}

/** While the first page moves on, a later one may hold the same. */
function withoutDoubles<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()]
}
