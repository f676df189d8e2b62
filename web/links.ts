/** Links within the page change the address without loading; whatever else was meant is left to the browser. */
import { navigate } from 'wouter-preact/use-browser-location'

/** Takes clicks on links of this origin, one listener for all of them. */
export function followLinks(root: Document): void {
  root.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.hash !== '' && link.pathname === location.pathname) return
    if (link.pathname.startsWith('/v1/')) return
    event.preventDefault()
    navigate(`${link.pathname}${link.search}${link.hash}`)
  })
}
