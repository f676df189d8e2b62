/** One broker. */
import { Page } from '../parts/page.tsx'

export function BrokerPage({ cluster, broker }: { cluster: string; broker: string }) {
  return <Page title={`${broker} in ${cluster}`}>{null}</Page>
}
