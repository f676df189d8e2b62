/** A client's history as a file: every page of the list, in the form that the API tells it. */
import { useState } from 'preact/hooks'
import { clientHistory } from '../../api/events.ts'
import { requestOf } from '../../api/request.ts'
import { keptToken } from '../token.ts'
import { countText } from '../view/figures.ts'
import type { HistoryQuestion } from './client-history.ts'

export interface ExportQuestion extends HistoryQuestion {
  readonly from: string
  readonly to: string
}

const forms = [
  { name: 'CSV', mediaType: 'text/csv', ending: 'csv' },
  { name: 'JSON Lines', mediaType: 'application/x-ndjson', ending: 'ndjson' },
] as const

/** A million events; more is for `keepwatch export`. */
const mostPages = 1000

export function ClientExport({ question }: { question: ExportQuestion }) {
  const [said, setSaid] = useState('')
  const [busy, setBusy] = useState(false)
  const save = async (form: (typeof forms)[number]) => {
    setBusy(true)
    setSaid('Asking …')
    const read = await pagesOf(question, form.mediaType, (pages) => setSaid(`${countText(pages, 'page')} …`))
    setBusy(false)
    if (typeof read === 'string') return setSaid(read)
    setSaid('')
    download(new Blob([...read], { type: form.mediaType }), `events.${form.ending}`)
  }
  return (
    <span class="export">
      {forms.map((form) => (
        <button key={form.name} type="button" class="small" disabled={busy} onClick={() => void save(form)}>
          {form.name}
          <span class="visually-hidden"> of these events</span>
        </button>
      ))}
      <span class="quiet" role="status">
        {said}
      </span>
    </span>
  )
}

/** The text of every page, or a sentence that says why not. Of CSV the header is kept of the first page alone. */
async function pagesOf(
  question: ExportQuestion,
  mediaType: string,
  progress: (pages: number) => void,
): Promise<readonly string[] | string> {
  const token = keptToken(localStorage)
  const parts: string[] = []
  let path: string | undefined = requestOf(clientHistory, { query: { ...question, limit: '1000' } }).path
  while (path !== undefined && parts.length < mostPages) {
    try {
      const response: Response = await fetch(path, {
        cache: 'no-store',
        headers: { accept: mediaType, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      })
      if (!response.ok) return `No answer (${response.status}). Ask again later.`
      if (response.headers.get('content-type')?.startsWith(mediaType) !== true) {
        return 'This system does not tell its lists in this form.'
      }
      const text = await response.text()
      parts.push(parts.length > 0 && mediaType === 'text/csv' ? text.slice(text.indexOf('\r\n') + 2) : text)
      path = nextOf(response.headers.get('link'))
      progress(parts.length)
    } catch {
      return 'Keepwatch does not answer.'
    }
  }
  return parts
}

/** A path of this origin, whatever the header holds. */
function nextOf(link: string | null): string | undefined {
  const path = /<([^>]*)>;\s*rel="next"/.exec(link ?? '')?.[1]
  return path?.startsWith('/v1/') === true ? path : undefined
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
