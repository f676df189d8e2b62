/** Clients that stood out on a broker in the span, and the watched ones that were there. */
import { useState } from 'preact/hooks'
import { type FoundClient, foundClients } from '../../api/clients.ts'
import { instant } from '../../domain/time.ts'
import { useAnswer, useRange } from '../context.tsx'
import { countText } from '../view/figures.ts'
import { ClientLink } from './client-link.tsx'
import { shown } from './shown.tsx'
import { Answered, EmptyState } from './states.tsx'

const few = 10

export function BrokerClients({ cluster, broker }: { cluster: string; broker: string }) {
  const { range, live } = useRange()
  const [all, setAll] = useState(false)
  const query = { from: instant(range.fromMs), to: instant(range.toMs), broker, limit: '100' }
  const asked = useAnswer(foundClients, { params: { cluster }, query }, { everySeconds: live ? 30 : undefined })
  return (
    <Answered of={asked} what="Clients" lines={4}>
      {({ clients }) =>
        clients.length === 0 ? (
          <EmptyState title="No client stood out in this span." />
        ) : (
          <>
            <ul class="counts">
              {clients.slice(0, all ? clients.length : few).map((each) => (
                <li key={each.clientId}>
                  <ClientLink cluster={cluster} clientId={each.clientId} most={40} />
                  <span class="quiet" title={each.peers.map((peer) => shown(peer, 60)).join(', ')}>
                    {didText(each)}
                  </span>
                </li>
              ))}
            </ul>
            {clients.length > few && (
              <button type="button" class="small" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? 'Show fewer' : `Show all ${clients.length}`}
              </button>
            )}
          </>
        )
      }
    </Answered>
  )
}

function didText({ disconnects, attempts, takeovers, watched }: FoundClient): string {
  return [
    ...(watched === undefined ? [] : [watched.online === false ? 'watched, offline' : 'watched']),
    ...(takeovers > 0 ? [countText(takeovers, 'take-over')] : []),
    ...(disconnects > 0 ? [countText(disconnects, 'end')] : []),
    ...(attempts > 0 ? [countText(attempts, 'attempt')] : []),
  ].join(', ')
}
