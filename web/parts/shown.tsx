/** Text that others chose: client ids, reasons, names. It is shown whatever it holds, and never acts. */
import { useState } from 'preact/hooks'
import { harmless } from '../../domain/text.ts'
import { countText } from '../view/figures.ts'

/** For titles and labels: control and bidirectional characters visible, cut when long. */
export function shown(text: string, most = 200): string {
  return harmless(text, most)
}

/** Untrusted text, kept apart from the writing direction around it; what is cut can be shown whole. */
export function Shown({ text, most = 120, whole = true }: { text: string; most?: number; whole?: boolean }) {
  const [all, setAll] = useState(false)
  if (text === '') return <span class="quiet">(empty)</span>
  // Of blanks alone nothing would be seen, and a link could not be clicked.
  if (text.trim() === '') return <span class="quiet">({countText(text.length, 'blank')})</span>
  const cut = text.length > most
  if (!cut) return <bdi class="shown">{harmless(text, most * 12)}</bdi>
  return (
    <span class="shown">
      <bdi class={all ? 'shown-all' : undefined}>{harmless(text, all ? text.length * 12 : most)}</bdi>
      {whole && (
        <button type="button" class="small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show less' : `Show all ${countText(text.length, 'character')}`}
        </button>
      )}
    </span>
  )
}
