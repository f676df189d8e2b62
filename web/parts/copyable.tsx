/** Text to be taken elsewhere: a command, an id. */
import { useState } from 'preact/hooks'
import { shown } from './shown.tsx'

/** Copies `text` as it is; what is shown is harmless. `block`: several lines, as code. */
export function Copyable({ text, what = 'text', block = false }: { text: string; what?: string; block?: boolean }) {
  return (
    <span class={block ? 'copyable block' : 'copyable'}>
      {block ? (
        <pre tabIndex={0}>{text.split('\n').map((line) => `${shown(line, 2000)}\n`)}</pre>
      ) : (
        <code>
          <bdi>{shown(text)}</bdi>
        </code>
      )}
      <CopyButton text={text} what={what} />
    </span>
  )
}

/** Copies what is shown elsewhere. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState('')
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('The browser did not allow it'),
    )
    setTimeout(() => setSaid(''), 3000)
  }
  return (
    <>
      <button type="button" class="small" onClick={copy} aria-label={`Copy ${what}`}>
        Copy
      </button>
      <span role="status" class="quiet">
        {said}
      </span>
    </>
  )
}
