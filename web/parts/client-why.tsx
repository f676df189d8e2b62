/** Why a client's connections end: the likeliest cause first, how sure, by what it shows, what to do. */
import type { Why } from '../../api/diagnosis.ts'
import { countText, percentText } from '../view/figures.ts'
import { clockText } from '../view/time.ts'
import { ClientAdvice } from './client-advice.tsx'
import { DiagnosisView } from './diagnosis.tsx'
import { shown } from './shown.tsx'

export function ClientWhy({ of, cluster, clientId }: { of: Why; cluster: string; clientId: string }) {
  const [first, ...others] = of.diagnosis
  if (first === undefined) return null
  return (
    <div class="why">
      <DiagnosisView of={first} cluster={cluster} clientId={clientId} />
      {others.map((each) => (
        <details key={each.name}>
          <summary>
            Also: {shown(each.title, 160)} <span class="quiet">{percentText(each.confidence)}</span>
          </summary>
          <DiagnosisView of={each} cluster={cluster} clientId={clientId} />
        </details>
      ))}
      {of.advice !== undefined && <ClientAdvice of={of.advice} />}
      <LookedAt of={of.lookedAt} />
    </div>
  )
}

function LookedAt({ of: { from, to, events, cut } }: { of: Why['lookedAt'] }) {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)]
  return (
    <p class="quiet">
      Looked at:{' '}
      <a href="#client-events">
        {countText(events, 'event')}
        {cut && ', cut: the newest'}
      </a>{' '}
      from {clockText(fromMs, toMs)} to {clockText(toMs, toMs)}
      {cut && '. There were more; counts are lower bounds.'}
    </p>
  )
}
