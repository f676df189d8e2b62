/** What an operator says to an alert: that somebody looks after it, and what it turned out to be. */
import { useId, useState } from 'preact/hooks'
import { acknowledgeAlert, verifyAlert } from '../../api/acts.ts'
import type { Alert, Verification } from '../../domain/alert.ts'
import { type Acting, ActState, Allowed, HowToAct, useActing, useMayAct } from './act.tsx'
import { Shown, shown } from './shown.tsx'
import { Time } from './time.tsx'

const longestNote = 1000

export function AlertActs({ of: alert, done }: { of: Alert; done: () => void }) {
  const acting = useActing(done)
  return (
    <div class="acts">
      <HowToAct />
      <Acknowledge of={alert} acting={acting} />
      <Verify of={alert} acting={acting} />
      <ActState of={acting} />
    </div>
  )
}

function Acknowledge({ of: { id, status, acknowledgement }, acting }: { of: Alert; acting: Acting }) {
  const [note, setNote] = useState('')
  const mayAct = useMayAct()
  if (acknowledgement !== undefined) {
    return (
      <p>
        <strong>Acknowledged</strong> by <bdi>{shown(acknowledgement.by)}</bdi>, <Time at={acknowledgement.at} />
        {acknowledgement.note !== undefined && acknowledgement.note !== '' && (
          <>
            : “<Shown text={acknowledgement.note} most={300} />”
          </>
        )}
        . {status === 'open' && 'It is told again only when it gets worse or ends.'}
      </p>
    )
  }
  if (status !== 'open' || !mayAct) return null
  return (
    <form
      class="act"
      onSubmit={(event) => {
        event.preventDefault()
        void acting.act(
          acknowledgeAlert,
          { params: { id }, body: note.trim() === '' ? {} : { note: note.trim() } },
          'Acknowledged. It is told again only when it gets worse or ends.',
        )
      }}
    >
      <h3>I look after it</h3>
      <p class="quiet">It is then told again only when it gets worse or ends.</p>
      <Note value={note} set={setNote} placeholder="What you are about to do (optional)" />
      <button type="submit" class="primary" disabled={acting.busy}>
        Acknowledge
      </button>
    </form>
  )
}

const verdicts: readonly (readonly [Verification['verdict'], string, string])[] = [
  ['true', 'An incident', 'Something was wrong, and somebody had to act'],
  ['benign', 'Real but harmless', 'It happened, and nobody had to act'],
  ['false', 'A false alarm', 'Nothing of the kind happened'],
]

function Verify({ of: { id, verification }, acting }: { of: Alert; acting: Acting }) {
  const [again, setAgain] = useState(false)
  const [verdict, setVerdict] = useState<Verification['verdict']>()
  const [note, setNote] = useState('')
  const group = useId()
  const mayAct = useMayAct()
  if (verification !== undefined && !again) {
    const [, title = ''] = verdicts.find(([each]) => each === verification.verdict) ?? []
    return (
      <p>
        <strong>Verified: {title.toLowerCase()}</strong>, by <bdi>{shown(verification.by)}</bdi>,{' '}
        <Time at={verification.at} />
        {verification.note !== undefined && verification.note !== '' && (
          <>
            : “<Shown text={verification.note} most={300} />”
          </>
        )}{' '}
        <Allowed>
          <button type="button" class="small" onClick={() => setAgain(true)}>
            Change
          </button>
        </Allowed>
      </p>
    )
  }
  if (!mayAct) return null
  const keep = async () => {
    if (verdict === undefined) return
    const body = { verdict, ...(note.trim() === '' ? {} : { note: note.trim() }) }
    if (await acting.act(verifyAlert, { params: { id }, body }, 'Kept: thank you.')) setAgain(false)
  }
  return (
    <form
      class="act"
      onSubmit={(event) => {
        event.preventDefault()
        void keep()
      }}
    >
      <fieldset>
        <legend>What it turned out to be</legend>
        {verdicts.map(([each, title, meaning]) => (
          <label key={each} title={meaning}>
            <input
              type="radio"
              name={group}
              value={each}
              checked={verdict === each}
              onChange={() => setVerdict(each)}
              required
            />
            {title}
          </label>
        ))}
      </fieldset>
      {verdict !== undefined && <Note value={note} set={setNote} placeholder="What it was (optional)" />}
      <button type="submit" disabled={acting.busy || verdict === undefined}>
        Keep this verdict
      </button>
    </form>
  )
}

function Note({ value, set, placeholder }: { value: string; set: (text: string) => void; placeholder: string }) {
  return (
    <input
      type="text"
      aria-label="Note"
      placeholder={placeholder}
      maxLength={longestNote}
      value={value}
      onInput={({ currentTarget }) => set(currentTarget.value)}
    />
  )
}
