/** Starts the page in the browser. */
import './jitless.ts'
import './style/index.css'
import { render } from 'preact'
import { createApi } from './api.ts'
import { App } from './app.tsx'
import { followLinks } from './links.ts'
import { keptTheme, showTheme } from './theme.ts'
import { keepToken, keptToken } from './token.ts'

function takeToken(): void {
  keepToken({
    storage: localStorage,
    hash: location.hash,
    clean: () => history.replaceState(null, '', `${location.pathname}${location.search}`),
  })
}

takeToken()
// A link opened in a tab that shows the page already loads nothing by itself.
addEventListener('hashchange', () => {
  if (!location.hash.startsWith('#token=')) return
  takeToken()
  location.reload()
})
showTheme(keptTheme())
followLinks(document)
const api = createApi({
  fetch: async (path, init) => fetch(path, init),
  token: () => keptToken(localStorage),
})
const root = document.getElementById('page')
if (root !== null) render(<App api={api} />, root)
