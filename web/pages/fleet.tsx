/** The fleet. */
import { Page } from '../parts/page.tsx'

export function FleetPage() {
  return <Page title="Fleet">{null}</Page>
}
