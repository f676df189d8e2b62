/** Finds a client: by its exact id, by its digest, or among those that stood out. */
import { useRef, useState } from 'preact/hooks'
import { navigate } from 'wouter-preact/use-browser-location'
import { foundClients } from '../../api/clients.ts'
import { instant } from '../../domain/time.ts'
import { useAddress, useAnswer, useRange } from '../context.tsx'
import { useCluster, useShared } from '../current.tsx'
import { countText } from '../view/figures.ts'
import { Answered, EmptyState } from './states.tsx'
import { ClientLink, referenceOf } from './client-link.tsx'
import { shown } from './shown.tsx'

export function FindClient() {
  const { href } = useAddress()
  const usual = useCluster()
  const { value } = useShared().brokers
  const clusters = [...new Set(value?.brokers.map(({ cluster }) => cluster))]
  const [chosen, setChosen] = useState<string>()
  const cluster = chosen ?? usual
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const go = async () => {
    if (text === '' || cluster === undefined) return
    const clientId = await referenceOf(text)
    setOpen(false)
    navigate(href({ page: 'client', cluster, clientId }))
  }
  return (
    <form
      class="find"
      role="search"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setOpen(false)
      }}
      onFocusOut={({ relatedTarget }) => {
        if (!(relatedTarget instanceof Node && form.current?.contains(relatedTarget) === true)) setOpen(false)
      }}
    >
      <input
        type="search"
        aria-label="Find a client by its exact id"
        aria-describedby="find-help"
        placeholder="Client id"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onFocus={() => setOpen(true)}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value)
          setOpen(true)
        }}
      />
      <span id="find-help" class="visually-hidden">
        The whole id, or sha256: and its digest. Beginnings of ids are not searched.
      </span>
      {open && cluster !== undefined && (
        <div class="find-panel" tabIndex={-1}>
          <p class="quiet">
            Enter the whole id, or <code>sha256:…</code>. Beginnings of ids are not searched.
          </p>
          {clusters.length > 1 && (
            <label>
              In cluster{' '}
              <select value={cluster} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
                {clusters.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          )}
          <Suggestions cluster={cluster} text={text} chosen={() => setOpen(false)} />
        </div>
      )}
    </form>
  )
}

const mostShown = 12

/** Clients that stood out in the span, and the watched ones; of these the ones that hold what was typed. */
function Suggestions({ cluster, text, chosen }: { cluster: string; text: string; chosen: () => void }) {
  const { range } = useRange()
  const query = { from: instant(range.fromMs), to: instant(range.toMs), limit: '100' }
  const found = useAnswer(foundClients, { params: { cluster }, query })
  return (
    <Answered of={found} what="Clients that stood out">
      {({ clients }) => {
        const fitting = clients.filter(({ clientId }) => clientId.toLowerCase().includes(text.toLowerCase()))
        if (fitting.length === 0) {
          return (
            <EmptyState
              title={
                clients.length === 0 ? 'No client stood out in this span.' : 'None that stood out has this in its id.'
              }
            />
          )
        }
        return (
          <>
            <h2>Stood out in {shown(cluster)}, or watched</h2>
            <ul class="found" onClick={chosen}>
              {fitting.slice(0, mostShown).map(({ clientId, disconnects, watched }) => (
                <li key={clientId}>
                  <ClientLink cluster={cluster} clientId={clientId} most={40} />
                  <span class="quiet">
                    {watched === undefined ? '' : `watched${watched.online === false ? ', offline' : ''} · `}
                    {countText(disconnects, 'disconnect')}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )
      }}
    </Answered>
  )
}
