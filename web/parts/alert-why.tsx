/** Why an alert: the cause that was found when it was told, or what the record says now. */
import { useState } from 'preact/hooks'
import { client } from '../../api/clients.ts'
import { brokerDiagnosis, clusterDiagnosis } from '../../api/diagnosis.ts'
import type { Alert } from '../../domain/alert.ts'
import { instant } from '../../domain/time.ts'
import { useAnswer } from '../context.tsx'
import type { TimeRange } from '../span.ts'
import { DiagnosisView, WhyView } from './diagnosis.tsx'
import { Answered } from './states.tsx'

export function AlertWhy({ of: alert, range }: { of: Alert; range: TimeRange }) {
  const [asked, setAsked] = useState(false)
  const { diagnosis, kind, cluster } = alert
  if (kind === 'watcher_blind') {
    return (
      <p>
        It is Keepwatch that could not see: what the brokers and clients did in that time is not known. What keeps it
        from watching is said in the banner above and by the badge in the header.
      </p>
    )
  }
  if (diagnosis === undefined) return <AskedNow of={alert} range={range} />
  return (
    <div class="diagnoses">
      <DiagnosisView
        of={diagnosis}
        cluster={cluster}
        {...(alert.clientId === undefined ? {} : { clientId: alert.clientId })}
      />
      {asked ? (
        <section aria-label="As the record says now">
          <h3>As the record says now</h3>
          <AskedNow of={alert} range={range} />
        </section>
      ) : (
        <p class="quiet">
          As it was known when it was last told.{' '}
          <button type="button" class="small" onClick={() => setAsked(true)}>
            Ask again, with what is recorded now
          </button>
        </p>
      )}
    </div>
  )
}

/** Asked of the one whom the alert speaks of, in the time that is shown. */
function AskedNow({ of: { cluster, broker, clientId }, range }: { of: Alert; range: TimeRange }) {
  const query = { from: instant(range.fromMs), to: instant(range.toMs) }
  const ofClient = useAnswer(client, clientId === undefined ? undefined : { query: { ...query, clientId, cluster } })
  const ofBroker = useAnswer(
    brokerDiagnosis,
    clientId === undefined && broker !== undefined ? { params: { cluster, broker }, query } : undefined,
  )
  const ofCluster = useAnswer(
    clusterDiagnosis,
    clientId === undefined && broker === undefined ? { params: { cluster }, query } : undefined,
  )
  if (clientId !== undefined) {
    return (
      <Answered of={ofClient} what="Diagnosis">
        {(value) => <WhyView of={value} cluster={cluster} clientId={clientId} />}
      </Answered>
    )
  }
  return (
    <Answered of={broker === undefined ? ofCluster : ofBroker} what="Diagnosis">
      {(value) => <WhyView of={value} cluster={cluster} />}
    </Answered>
  )
}
