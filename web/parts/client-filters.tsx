/** Filters of a client's events; they are in the address, so that a link shows the same. */
import { causeNames } from '../../domain/cause.ts'
import { EventTypeSchema, ViewSchema } from '../../domain/event.ts'
import { useAddress } from '../context.tsx'
import { causeText } from '../view/causes.ts'
import { clientFilters } from '../view/client-filters.ts'
import { shown } from './shown.tsx'

export function ClientFilters({ brokers }: { brokers: readonly string[] }) {
  const { params, setParams } = useAddress()
  const set = clientFilters(params)
  const all = [...new Set([...brokers, ...(set.broker === undefined ? [] : [set.broker])])]
  return (
    <div class="filters" role="group" aria-label="Filters">
      <Choice name="type" value={set.type} of={EventTypeSchema.options} />
      <Choice name="cause" value={set.cause} of={causeNames} text={causeText} />
      <Choice name="view" value={set.view} of={ViewSchema.options} text={(view) => `${view}’s view`} />
      {all.length > 0 && <Choice name="broker" value={set.broker} of={all} text={(broker) => shown(broker, 60)} />}
      <input
        type="search"
        aria-label="Address begins with"
        placeholder="Address, such as 10.1."
        maxLength={64}
        value={set.peer ?? ''}
        onChange={({ currentTarget }) => setParams({ peer: currentTarget.value.trim() })}
      />
      {Object.keys(set).length > 0 && (
        <button
          type="button"
          class="small"
          onClick={() =>
            setParams({ type: undefined, cause: undefined, view: undefined, broker: undefined, peer: undefined })
          }
        >
          All events
        </button>
      )}
    </div>
  )
}

const anything = { type: 'Any type', cause: 'Any cause', view: 'Both views', broker: 'Any broker' } as const

function Choice<Value extends string>({
  name,
  value,
  of,
  text = (each) => each,
}: {
  name: keyof typeof anything
  value: Value | undefined
  of: readonly Value[]
  text?: (value: Value) => string
}) {
  const { setParams } = useAddress()
  return (
    <select
      aria-label={name}
      value={value ?? ''}
      onChange={({ currentTarget }) => setParams({ [name]: currentTarget.value })}
    >
      <option value="">{anything[name]}</option>
      {of.map((each) => (
        <option key={each} value={each}>
          {text(each)}
        </option>
      ))}
    </select>
  )
}
