/** Shown in the place of everything when the page may not read: how to get in. */
import { Page } from '../parts/page.tsx'

export function LockedPage({ mode }: { mode: string }) {
  const command = mode === 'ui' ? 'keepwatch ui' : 'npm start'
  return (
    <main id="main" class="locked">
      <Page title="Open the printed link">
        <p>
          This page acts with the rights of whoever started it, so it asks for a token. The link with the token was
          printed where <code>{command}</code> was started; it looks like <code>{location.origin}/#token=…</code>.
        </p>
        <p>The token changes with every start. If yours is from an earlier one, take the link that was printed last.</p>
      </Page>
    </main>
  )
}
