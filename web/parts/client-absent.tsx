/** Nothing is stored of such a client: what it may be, and whom else to look at. */
import { foundClients } from '../../api/clients.ts'
import { instant } from '../../domain/time.ts'
import { useAnswer, useRange } from '../context.tsx'
import { countText } from '../view/figures.ts'
import { ClientLink } from './client-link.tsx'
import { Panel } from './page.tsx'
import { EmptyState } from './states.tsx'

const mostShown = 20

export function ClientAbsent({ cluster, sentence }: { cluster: string; sentence: string }) {
  const { range } = useRange()
  const query = { from: instant(range.fromMs), to: instant(range.toMs), limit: '100' }
  const found = useAnswer(foundClients, { params: { cluster }, query })
  const clients = found.value?.clients ?? []
  return (
    <Panel title="Nothing is stored of this client">
      <EmptyState title={sentence}>
        <ul class="evidence">
          <li>The id must be whole and exact: upper and lower case differ, and beginnings are not searched.</li>
          <li>
            Of an id longer than 1,024 bytes: <code>sha256:</code> and the digest of its UTF-8 finds it too.
          </li>
          <li>It may be of another cluster, or older than what is kept.</li>
        </ul>
      </EmptyState>
      {clients.length > 0 && (
        <>
          <h3>Clients that stood out in this span, or are watched</h3>
          <ul class="found">
            {clients.slice(0, mostShown).map(({ clientId, disconnects }) => (
              <li key={clientId}>
                <ClientLink cluster={cluster} clientId={clientId} most={60} />
                <span class="quiet">{countText(disconnects, 'disconnect')}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}
