/** One client: how it is, where it was connected and how each connection ended, why, and what it told. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { client } from '../../api/clients.ts'
import { instant } from '../../domain/time.ts'
import { useAnswer, useRange } from '../context.tsx'
import { ClientAbsent } from '../parts/client-absent.tsx'
import { ClientEvents } from '../parts/client-events.tsx'
import { ClientHead } from '../parts/client-head.tsx'
import { useHistory } from '../parts/client-history.ts'
import { referenceOf } from '../parts/client-link.tsx'
import { ClientTimeline } from '../parts/client-timeline.tsx'
import { ClientWhy } from '../parts/client-why.tsx'
import { CopyButton } from '../parts/copyable.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { Shown } from '../parts/shown.tsx'
import { Answered } from '../parts/states.tsx'

/** So many pages of 1,000 events are loaded by themselves: more than a day of all but the worst. */
const pagesAtOnce = 5

export function ClientPage({ cluster, clientId }: { cluster: string; clientId: string }) {
  const reference = useReference(clientId)
  const { range, live } = useRange()
  const asked = useAnswer(
    client,
    reference === undefined
      ? undefined
      : {
          query: {
            clientId: reference,
            cluster,
            from: instant(range.fromMs),
            ...(live ? {} : { to: instant(range.toMs) }),
          },
        },
    { everySeconds: live ? 10 : undefined },
  )
  const question = useMemo(
    () => (reference === undefined ? undefined : { clientId: reference, cluster }),
    [reference, cluster],
  )
  const history = useHistory(question, { range, live, atOnce: pagesAtOnce })
  const last = asked.value?.last
  const name = asked.value?.clientId ?? clientId
  const absent = asked.trouble?.kind === 'absent' ? asked.trouble.sentence : undefined
  const brokers = [...new Set((history.loaded?.events ?? []).map(({ broker }) => broker))].toSorted()
  return (
    <Page
      title={`${name} in ${cluster}`}
      heading={<Shown text={name} most={80} />}
      aside={<CopyButton text={name} what="client id" />}
    >
      {absent !== undefined ? (
        <ClientAbsent cluster={cluster} sentence={absent} />
      ) : (
        <>
          <Answered of={asked} what="The client" lines={2}>
            {(value) => <ClientHead of={value} />}
          </Answered>
          <div class="client">
            <Panel title="Connections" class="client-connections">
              <ClientTimeline cluster={cluster} history={history} last={last} />
            </Panel>
            <Panel title="Why" class="client-why">
              <Answered of={asked} what="The diagnosis" lines={5}>
                {(value) => <ClientWhy of={value} cluster={cluster} clientId={value.clientId} />}
              </Answered>
            </Panel>
          </div>
          {reference !== undefined && (
            <ClientEvents history={history} cluster={cluster} reference={reference} brokers={brokers} />
          )}
        </>
      )}
    </Page>
  )
}

/** What travels in addresses: the id, or its digest where it is too long. */
function useReference(clientId: string): string | undefined {
  const [reference, setReference] = useState<string>()
  useEffect(() => {
    let current = true
    void referenceOf(clientId).then((found) => current && setReference(found))
    return () => {
      current = false
    }
  }, [clientId])
  return reference
}
