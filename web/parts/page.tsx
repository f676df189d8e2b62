/** A page's heading, and the title of the window. */
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { shown } from './shown.tsx'

/** `title` is plain text for the window; `heading` is drawn in its place, where it is more than text. */
export function Page({
  title,
  heading,
  aside,
  children,
}: {
  title: string
  heading?: ComponentChildren
  /** Beside the heading. */
  aside?: ComponentChildren
  children: ComponentChildren
}) {
  useEffect(() => {
    document.title = `${shown(title, 80)} · Keepwatch`
  }, [title])
  return (
    <>
      <div class="heading">
        <h1>{heading ?? <bdi>{shown(title)}</bdi>}</h1>
        {aside}
      </div>
      {children}
    </>
  )
}

/** A part of a page with its own heading. */
export function Panel({
  title,
  aside,
  children,
  class: name = '',
}: {
  title: string
  aside?: ComponentChildren
  children: ComponentChildren
  class?: string
}) {
  return (
    <section class={`panel ${name}`} aria-label={title}>
      <div class="panel-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
