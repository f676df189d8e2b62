/** Filters of the alerts; they are in the address, so that a link shows the same. */
import { AlertKindSchema } from '../../domain/alert.ts'
import { useAddress } from '../context.tsx'
import { useShared } from '../current.tsx'
import { alertFilters } from '../view/alert-filters.ts'
import { kindText } from '../view/alerts.ts'
import { shown } from './shown.tsx'

export function AlertFilterBar() {
  const { params, setParams } = useAddress()
  const { brokers } = useShared()
  const set = alertFilters(params)
  const all = brokers.value?.brokers ?? []
  const clusters = namesOf(
    all.map(({ cluster }) => cluster),
    set.cluster,
  )
  const own = namesOf(
    all.filter(({ cluster }) => set.cluster === undefined || cluster === set.cluster).map(({ broker }) => broker),
    set.broker,
  )
  return (
    <div class="filters" role="group" aria-label="Filters">
      <Choice
        name="status"
        any="Open and resolved"
        value={set.status}
        of={[
          ['open', 'Open'],
          ['resolved', 'Resolved'],
        ]}
      />
      <Choice
        name="kind"
        any="Any kind"
        value={set.kind}
        of={AlertKindSchema.options.map((kind) => [kind, kindText(kind)])}
      />
      {clusters.length > 1 && (
        <Choice
          name="cluster"
          any="Any cluster"
          value={set.cluster}
          of={clusters.map((name) => [name, shown(name, 60)])}
        />
      )}
      <Choice name="broker" any="Any broker" value={set.broker} of={own.map((name) => [name, shown(name, 60)])} />
      {Object.keys(set).length > 0 && (
        <button
          type="button"
          class="small"
          onClick={() => setParams({ status: undefined, kind: undefined, cluster: undefined, broker: undefined })}
        >
          All alerts
        </button>
      )}
    </div>
  )
}

/** What the address names is offered also where nothing of that name is known any more. */
function namesOf(known: readonly string[], chosen: string | undefined): readonly string[] {
  return [...new Set([...known, ...(chosen === undefined ? [] : [chosen])])]
}

function Choice({
  name,
  any,
  value,
  of,
}: {
  name: string
  any: string
  value: string | undefined
  of: readonly (readonly [value: string, text: string])[]
}) {
  const { setParams } = useAddress()
  return (
    <select
      aria-label={name}
      value={value ?? ''}
      onChange={({ currentTarget }) => setParams({ [name]: currentTarget.value })}
    >
      <option value="">{any}</option>
      {of.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  )
}
