/** Alerts, and one of them. */
import { Page } from '../parts/page.tsx'

export function AlertsPage() {
  return <Page title="Alerts">{null}</Page>
}

export function AlertPage({ id }: { id: string }) {
  return <Page title={`Alert ${id}`}>{null}</Page>
}
