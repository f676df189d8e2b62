/** What both views told of one connection or attempt, side by side. */
import type { ComponentChildren } from 'preact'
import type { Event } from '../../domain/event.ts'
import { useNow } from '../context.tsx'
import { causeMeaning } from '../view/causes.ts'
import type { DensityShape } from '../view/client-shapes.ts'
import { ageText, densityText, evidenceOf, initiatorText, lengthText } from '../view/client-words.ts'
import type { LaneItem } from '../view/lanes.ts'
import { CauseLabel } from './cause-label.tsx'
import { Shown, shown } from './shown.tsx'
import { Time } from './time.tsx'

export function DensityDetails({ shape }: { shape: DensityShape }) {
  const nowMs = useNow(60)
  return (
    <div class="lane-details">
      <p>
        <strong>{densityText(shape, nowMs)}</strong>
      </p>
      <p class="quiet">Press to zoom in until they can be told apart.</p>
    </div>
  )
}

export function ItemDetails({ item }: { item: LaneItem }) {
  const { of } = item
  const [told, claimed] =
    'attempt' in of
      ? [{ end: of.attempt.told }, { end: of.attempt.claim }]
      : [{ begin: of.session.begin, end: of.session.end }, of.session.claim]
  const isAttempt = 'attempt' in of
  // A view that told nothing needs no column.
  const halves = [told, claimed].filter(has)
  return (
    <div class="lane-details">
      <Headline item={item} />
      <table class="views">
        <thead>
          <tr>
            <td />
            {has(told) && <th scope="col">Broker’s view</th>}
            {has(claimed) && <th scope="col">Client’s view</th>}
          </tr>
        </thead>
        <tbody>
          {!isAttempt && <Row name="Begin" of={halves} cell={({ begin }) => begin && <At event={begin} />} />}
          <Row name={isAttempt ? 'At' : 'End'} of={halves} cell={({ end }) => end && <At event={end} />} />
          <Row
            name="Cause"
            of={halves}
            cell={({ end }) => end?.cause !== undefined && <CauseLabel cause={end.cause} />}
          />
          <Row name="Ended by" of={halves} cell={({ end }) => end && initiatorText(end)} />
          <Row
            name="Reason"
            of={halves}
            cell={({ end }) => end?.reason !== undefined && <Shown text={end.reason} most={240} />}
          />
          <Row
            name="Address"
            of={halves}
            cell={({ begin, end }) => {
              const address = end?.peer ?? begin?.peer ?? end?.evidence?.endpoint ?? begin?.evidence?.endpoint
              return address !== undefined && <bdi>{shown(address)}</bdi>
            }}
          />
          <Row name="Evidence" of={halves} cell={(half) => factsOf(half).size > 0 && <Evidence of={factsOf(half)} />} />
        </tbody>
      </table>
      {!has(claimed) && <p class="quiet">The client told nothing of it.</p>}
      {!has(told) && <p class="quiet">The broker told nothing of it: only the client itself claims it.</p>}
    </div>
  )
}

interface Half {
  readonly begin?: Event | undefined
  readonly end?: Event | undefined
}

function has({ begin, end }: Half): boolean {
  return begin !== undefined || end !== undefined
}

/** The joined word, as the diagnosis reads it. */
function Headline({ item: { of, fromMs } }: { item: LaneItem }) {
  if ('attempt' in of) {
    const cause = of.attempt.told?.cause ?? of.attempt.claim?.cause ?? 'unknown'
    return (
      <p>
        <strong>Refused attempt</strong> on <bdi>{shown(of.attempt.broker, 60)}</bdi>: <CauseLabel cause={cause} />{' '}
        <span class="quiet">{causeMeaning(cause)}</span>
      </p>
    )
  }
  const { session } = of
  const { ageMs, cause, noticedLaterMs, closedFirst, endedMs, endUntold } = session
  const since = endedMs === undefined && endUntold !== true
  return (
    <p>
      <strong>
        Session on <bdi>{shown(session.broker, 60)}</bdi>
        {ageMs !== undefined && `, ${ageText(ageMs)}`}
      </strong>
      {cause !== undefined && (
        <>
          : <CauseLabel cause={cause} /> <span class="quiet">{causeMeaning(cause)}</span>
        </>
      )}
      {since && (
        <>
          : <span class="status good">connected</span> since <Time at={new Date(fromMs).toISOString()} />
        </>
      )}
      {endUntold === true && ': its end was not told; the next began in its place'}
      {(noticedLaterMs !== undefined || closedFirst !== undefined) && (
        <span class="quiet">
          {' · '}
          {[
            ...(closedFirst === undefined ? [] : [`the ${closedFirst} closed or noticed it first`]),
            ...(noticedLaterMs === undefined || Math.abs(noticedLaterMs) < 1000
              ? []
              : [
                  `the client noticed ${lengthText(Math.abs(noticedLaterMs))} ${noticedLaterMs > 0 ? 'later' : 'earlier'}`,
                ]),
          ].join(', ')}
        </span>
      )}
    </p>
  )
}

function Row({ name, of, cell }: { name: string; of: readonly Half[]; cell: (half: Half) => ComponentChildren }) {
  const cells = of.map(cell)
  if (cells.every((each) => each === undefined || each === false)) return null
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((each, index) => (
        <td key={index}>{each === undefined || each === false ? <span class="quiet">–</span> : each}</td>
      ))}
    </tr>
  )
}

function At({ event }: { event: Event }) {
  return (
    <>
      <Time at={event.at} show="clock" />
      <span class="quiet number">.{event.at.slice(20, 23)}</span>
    </>
  )
}

function factsOf({ begin, end }: Half): ReadonlyMap<string, string> {
  return new Map([...(begin === undefined ? [] : evidenceOf(begin)), ...(end === undefined ? [] : evidenceOf(end))])
}

function Evidence({ of }: { of: ReadonlyMap<string, string> }) {
  return (
    <ul class="facts">
      {[...of].map(([name, value]) => (
        <li key={name}>
          <span class="quiet">{name}</span> <bdi>{shown(value, 120)}</bdi>
        </li>
      ))}
    </ul>
  )
}
