/** One client. */
import { Page } from '../parts/page.tsx'

export function ClientPage({ cluster, clientId }: { cluster: string; clientId: string }) {
  return <Page title={`${clientId} in ${cluster}`}>{null}</Page>
}
