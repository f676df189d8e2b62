/** Keeping alerts quiet for a while: the silences that cover this one, and a new one. */
import { useState } from 'preact/hooks'
import { createSilence, deleteSilence } from '../../api/acts.ts'
import { silences } from '../../api/alerts.ts'
import type { Alert } from '../../domain/alert.ts'
import type { Silence } from '../../domain/silence.ts'
import { useAnswer } from '../context.tsx'
import { coveringSilences, silenceMinutes, silenceText } from '../view/alert-silences.ts'
import { kindText } from '../view/alerts.ts'
import { type Acting, ActState, Allowed, useActing } from './act.tsx'
import { Shown, shown } from './shown.tsx'
import { Answered } from './states.tsx'
import { Time } from './time.tsx'

export function AlertSilences({ of: alert }: { of: Alert }) {
  const asked = useAnswer(silences, { query: { cluster: alert.cluster } }, { everySeconds: 15 })
  const acting = useActing(asked.again)
  return (
    <div class="acts">
      <Answered of={asked} what="Silences" lines={1}>
        {(value) => {
          const nowMs = Date.now()
          const covering = coveringSilences(alert, value.silences, nowMs)
          if (covering.length === 0) return <p class="quiet">No silence covers it.</p>
          return (
            <ul class="silences" aria-label="Silences that cover it">
              {covering.map((each) => (
                <OneSilence key={each.id} of={each} nowMs={nowMs} acting={acting} />
              ))}
            </ul>
          )
        }}
      </Answered>
      <Allowed>
        <NewSilence of={alert} acting={acting} />
      </Allowed>
      <ActState of={acting} />
    </div>
  )
}

function OneSilence({ of: silence, nowMs, acting }: { of: Silence; nowMs: number; acting: Acting }) {
  const [sure, setSure] = useState(false)
  const runs = Date.parse(silence.from) <= nowMs
  return (
    <li>
      <p>
        <strong>{runs ? 'Silenced' : 'Silent from'}</strong> {!runs && <Time at={silence.from} />}{' '}
        <bdi>{shown(silenceText(silence), 160)}</bdi>, until <Time at={silence.to} />. By{' '}
        <bdi>{shown(silence.createdBy, 60)}</bdi>
        {silence.comment !== '' && (
          <>
            : “<Shown text={silence.comment} most={200} />”
          </>
        )}
      </p>
      <Allowed>
        {sure ? (
          <p>
            What it kept quiet and still stands is told within a minute.{' '}
            <button
              type="button"
              class="small"
              disabled={acting.busy}
              onClick={() => void acting.act(deleteSilence, { params: { id: silence.id } }, 'The silence is removed.')}
            >
              Remove it
            </button>{' '}
            <button type="button" class="small" onClick={() => setSure(false)}>
              Keep it
            </button>
          </p>
        ) : (
          <button type="button" class="small" onClick={() => setSure(true)}>
            Remove …
          </button>
        )}
      </Allowed>
    </li>
  )
}

function NewSilence({ of: { cluster, kind, broker, clientId }, acting }: { of: Alert; acting: Acting }) {
  const ofClient = clientId !== undefined
  const [only, setOnly] = useState({ kind: true, broker: !ofClient, client: ofClient })
  const [minutes, setMinutes] = useState(240)
  const [comment, setComment] = useState('')
  const [open, setOpen] = useState(false)
  const scope = {
    cluster,
    ...(only.kind ? { kind } : {}),
    ...(only.broker && broker !== undefined ? { broker } : {}),
    ...(only.client && ofClient ? { clientId } : {}),
  }
  const choices = [
    { key: 'kind' as const, text: `only ${kindText(kind)}` },
    ...(broker === undefined ? [] : [{ key: 'broker' as const, text: `only broker ${shown(broker, 60)}` }]),
    ...(ofClient ? [{ key: 'client' as const, text: `only client ${shown(clientId, 60)}` }] : []),
  ]
  const silence = async () => {
    const said = `Silenced: ${shown(silenceText(scope), 160)}. What still stands at the end is told then.`
    if (!(await acting.act(createSilence, { body: { ...scope, minutes, comment: comment.trim() } }, said))) return
    setComment('')
    setOpen(false)
  }
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Silence alerts like it …</summary>
      <form
        class="act"
        onSubmit={(event) => {
          event.preventDefault()
          void silence()
        }}
      >
        <fieldset>
          <legend>
            In cluster <bdi>{shown(cluster)}</bdi>
          </legend>
          {choices.map(({ key, text }) => (
            <label key={key}>
              <input
                type="checkbox"
                checked={only[key]}
                onChange={({ currentTarget }) => setOnly({ ...only, [key]: currentTarget.checked })}
              />
              <bdi>{text}</bdi>
            </label>
          ))}
        </fieldset>
        <p>
          Keeps quiet: <bdi>{shown(silenceText(scope), 160)}</bdi>
        </p>
        <label class="row">
          For{' '}
          <select value={String(minutes)} onChange={({ currentTarget }) => setMinutes(Number(currentTarget.value))}>
            {silenceMinutes.map(([each, name]) => (
              <option key={each} value={String(each)}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <input
          type="text"
          aria-label="Comment"
          placeholder="Why, for those who find it"
          required
          maxLength={1000}
          value={comment}
          onInput={({ currentTarget }) => setComment(currentTarget.value)}
        />
        <button type="submit" disabled={acting.busy || comment.trim() === ''}>
          Silence
        </button>
      </form>
    </details>
  )
}
