/** Why a client's connections end: the likeliest cause first, how sure, by what it shows, what to do. */
import type { Why } from '../../api/diagnosis.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import { confidenceText } from '../view/client-words.ts'
import { countText, percentText } from '../view/figures.ts'
import { clockText } from '../view/time.ts'
import { ClientAdvice } from './client-advice.tsx'
import { ClientLink } from './client-link.tsx'
import { Shown, shown } from './shown.tsx'

export function ClientWhy({ of, cluster, clientId }: { of: Why; cluster: string; clientId: string }) {
  const [first, ...others] = of.diagnosis
  if (first === undefined) return null
  return (
    <div class="why">
      <OneDiagnosis of={first} cluster={cluster} clientId={clientId} />
      {others.map((each) => (
        <details key={each.name}>
          <summary>
            Also: {shown(each.title, 160)} <span class="quiet">{percentText(each.confidence)}</span>
          </summary>
          <OneDiagnosis of={each} cluster={cluster} clientId={clientId} />
        </details>
      ))}
      {of.advice !== undefined && <ClientAdvice of={of.advice} />}
      <LookedAt of={of.lookedAt} />
    </div>
  )
}

const bases = {
  settled: 'Shown by a maintainer, a fix or a vendor',
  inferred: 'Concluded from reports of others',
} as const

function OneDiagnosis({ of, cluster, clientId }: { of: Diagnosis; cluster: string; clientId: string }) {
  const { title, confidence, basis, evidence, remedy, clients = [], alternatives, source, missing = [] } = of
  const isKnown = of.name !== 'unknown'
  const others = clients.filter((each) => each !== clientId)
  return (
    <div class="diagnosis">
      <h3 class="diagnosis-title">
        <bdi>{shown(title, 300)}</bdi>
      </h3>
      {isKnown && (
        <p class="confidence">
          <meter min={0} max={1} value={confidence} aria-hidden="true" />
          <span>
            {confidenceText(confidence)}, {percentText(confidence)}
          </span>
          <span class="badge" title={bases[basis]}>
            {basis}
          </span>
        </p>
      )}
      <Sentences of={evidence} class="evidence" />
      {remedy.length > 0 && (
        <>
          <h4>What to do</h4>
          <Sentences of={remedy} class="remedy" ordered />
        </>
      )}
      {missing.length > 0 && (
        <>
          <h4>What would have to be recorded to know</h4>
          <Sentences of={missing} class="evidence" />
        </>
      )}
      {others.length > 0 && (
        <p class="quiet">
          Concerns also{' '}
          {others.map((each, index) => (
            <span key={each}>
              {index > 0 && ', '}
              <ClientLink cluster={cluster} clientId={each} most={30} />
            </span>
          ))}
        </p>
      )}
      {alternatives.length > 0 && (
        <p class="quiet">
          What else fits:{' '}
          {alternatives.map((each) => `${shown(each.title, 160)} (${percentText(each.confidence)})`).join('; ')}
        </p>
      )}
      {source !== undefined && source.startsWith('https://') && (
        <p class="quiet">
          <a href={source} target="_blank" rel="noreferrer noopener">
            Where this is known from
          </a>
        </p>
      )}
    </div>
  )
}

function Sentences({ of, class: name, ordered = false }: { of: readonly string[]; class: string; ordered?: boolean }) {
  if (of.length === 0) return null
  const items = of.map((each) => (
    <li key={each}>
      <Shown text={each} most={400} />
    </li>
  ))
  return ordered ? <ol class={name}>{items}</ol> : <ul class={name}>{items}</ul>
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
