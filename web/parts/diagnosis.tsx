/** Why connections end: the likely cause, how sure that is, what shows it, what to do. */
import type { Why } from '../../api/diagnosis.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import { confidenceText } from '../view/confidence.ts'
import { countText, percentText } from '../view/figures.ts'
import { ClientLink } from './client-link.tsx'
import { Shown, shown } from './shown.tsx'
import { Time } from './time.tsx'

/** One diagnosis. `cluster`: of the clients that it names; `clientId`: of whom it is asked, who needs no naming. */
export function DiagnosisView({ of, cluster, clientId }: { of: Diagnosis; cluster: string; clientId?: string }) {
  const { name, title, confidence, evidence, remedy, alternatives, missing = [] } = of
  const clients = (of.clients ?? []).filter((each) => each !== clientId)
  const known = name !== 'unknown'
  return (
    <div class="diagnosis">
      <p class="diagnosis-title">
        <strong>
          <Shown text={title} most={500} whole={false} />
        </strong>
        {known && <Confidence of={confidence} basis={of.basis} />}
      </p>
      <Sentences title={known ? 'What shows it' : 'What was looked at'} of={evidence} />
      <Sentences title="What to do" of={remedy} ordered />
      <Sentences title="What would tell more" of={missing} />
      {clients.length > 0 && (
        <div>
          <h3>Whom it concerns</h3>
          <ul class="inline-list">
            {clients.map((each) => (
              <li key={each}>
                <ClientLink cluster={cluster} clientId={each} most={40} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {alternatives.length > 0 && (
        <div>
          <h3>{known ? 'Or else' : 'What it might be'}</h3>
          <ul class="inline-list">
            {alternatives.map((each) => (
              <li key={each.name}>
                {shown(each.title)} <span class="quiet number">{percentText(each.confidence)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {of.source?.startsWith('https://') === true && (
        <p class="quiet">
          Known from{' '}
          <a href={of.source} rel="noreferrer" target="_blank">
            {shown(of.source.slice('https://'.length), 90)}
          </a>
        </p>
      )}
    </div>
  )
}

/** An answer of the API that says why: its diagnoses, the first being the answer, and what they were made of. */
export function WhyView({ of, cluster, clientId }: { of: Why; cluster: string; clientId?: string }) {
  const { lookedAt } = of
  return (
    <div class="diagnoses">
      {of.diagnosis.map((each) => (
        <DiagnosisView key={each.name} of={each} cluster={cluster} {...(clientId === undefined ? {} : { clientId })} />
      ))}
      <p class="quiet">
        Made of {countText(lookedAt.events, 'event')} and {countText(lookedAt.minutes, 'minute')} from{' '}
        <Time at={lookedAt.from} show="clock" /> to <Time at={lookedAt.to} show="clock" />
        {lookedAt.cut && '. There was more than is looked at: the newest is, and counts are lower bounds'}.
      </p>
    </div>
  )
}

/** A bar, a word and a figure: never the bar alone. */
export function Confidence({ of, basis }: { of: number; basis?: Diagnosis['basis'] }) {
  const from = basis === 'settled' ? 'a cause that is settled' : 'a cause that was concluded from reports'
  return (
    <span class="confidence" title={basis === undefined ? undefined : from}>
      <span class="confidence-track" aria-hidden="true">
        <i style={{ width: `${Math.round(of * 100)}%` }} />
      </span>
      {confidenceText(of)} <span class="number">{percentText(of)}</span>
      {basis !== undefined && <span class="badge">{basis}</span>}
    </span>
  )
}

function Sentences({ title, of, ordered = false }: { title: string; of: readonly string[]; ordered?: boolean }) {
  if (of.length === 0) return null
  const List = ordered ? 'ol' : 'ul'
  return (
    <div>
      <h3>{title}</h3>
      <List class={`sentences${ordered ? ' ordered' : ''}`}>
        {of.map((each) => (
          <li key={each}>
            <Shown text={each} most={500} />
          </li>
        ))}
      </List>
    </div>
  )
}
