/** What is shown in the place of an answer: that it comes, that there is nothing, why it failed. */
import type { ComponentChildren } from 'preact'
import type { Asked } from '../context.tsx'
import type { Trouble } from '../trouble.ts'

/** Lines in the place of what comes; announced to who cannot see them. */
export function Loading({ what = 'Loading', lines = 3 }: { what?: string; lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">{what} …</span>
      {Array.from({ length: lines }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  )
}

/** Nothing is there, and what that means. */
export function EmptyState({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children}
    </div>
  )
}

/** It failed: why, and what to do. */
export function ErrorState({ trouble, again }: { trouble: Trouble; again?: () => void }) {
  return (
    <div class="state state-error" role="alert">
      <p class="state-title">{trouble.kind === 'absent' ? 'Not found' : 'No answer'}</p>
      <p>{trouble.sentence}</p>
      {again !== undefined && trouble.kind !== 'token' && (
        <button type="button" onClick={again}>
          Ask again
        </button>
      )}
    </div>
  )
}

/** Draws an answer, or what stands in its place; an old answer stays, and says that it is old, but where a banner says it of all. */
export function Answered<Value>({
  of,
  what,
  lines,
  children,
}: {
  of: Asked<Value>
  what?: string
  lines?: number
  children: (value: Value) => ComponentChildren
}) {
  if (of.value === undefined) {
    if (of.trouble !== undefined) return <ErrorState trouble={of.trouble} again={of.again} />
    return <Loading {...(what === undefined ? {} : { what })} {...(lines === undefined ? {} : { lines })} />
  }
  return (
    <div class={of.stale ? 'stale' : undefined} aria-busy={of.stale}>
      {of.trouble !== undefined && of.trouble.status !== 0 && (
        <p class="notice" role="status">
          Shown as it was before. {of.trouble.sentence}
        </p>
      )}
      {children(of.value)}
    </div>
  )
}
