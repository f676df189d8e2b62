/** The frame around every page: header, banners, the page that the address names. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Api, Session } from './api.ts'
import { FrameContext, useAddress } from './context.tsx'
import { AlertPage } from './pages/alert.tsx'
import { AlertsPage } from './pages/alerts.tsx'
import { BrokerPage } from './pages/broker.tsx'
import { ClientPage } from './pages/client.tsx'
import { FleetPage } from './pages/fleet.tsx'
import { LockedPage } from './pages/locked.tsx'
import { Banners } from './parts/banners.tsx'
import { Header } from './parts/header.tsx'
import { Page } from './parts/page.tsx'
import type { Place } from './routes.ts'
import { WithShared } from './current.tsx'

export function App({ api }: { api: Api }) {
  const [session, setSession] = useState<Session>()
  useEffect(() => {
    void api.session().then(setSession)
  }, [api])
  const frame = useMemo(() => ({ api, session }), [api, session])
  if (session?.mayRead === false) return <LockedPage mode={session.mode} />
  return (
    <FrameContext.Provider value={frame}>
      <WithShared>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <Header />
        <Banners />
        <Main />
      </WithShared>
    </FrameContext.Provider>
  )
}

function Main() {
  const { place } = useAddress()
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  const where = JSON.stringify(place)
  // Who goes to another page by keys or hears it, begins at its top.
  useEffect(() => {
    if (!first.current) {
      main.current?.focus()
      scrollTo(0, 0)
    }
    first.current = false
  }, [where])
  return (
    <main id="main" tabIndex={-1} ref={main}>
      <PageOf key={where} place={place} />
    </main>
  )
}

function PageOf({ place }: { place: Place }) {
  switch (place.page) {
    case 'fleet':
      return <FleetPage />
    case 'broker':
      return <BrokerPage cluster={place.cluster} broker={place.broker} />
    case 'client':
      return <ClientPage cluster={place.cluster} clientId={place.clientId} />
    case 'alerts':
      return <AlertsPage />
    case 'alert':
      return <AlertPage id={place.id} />
    case 'nowhere':
      return (
        <Page title="No such page">
          <p>
            This address shows nothing. <a href="/">The fleet</a> and <a href="/alerts">the alerts</a> are where most
            begin.
          </p>
        </Page>
      )
  }
}
