/** How old sessions were when they ended: a pile at one age tells who cut them. */
import { useMemo, useState } from 'preact/hooks'
import { sessionAges, type SessionAges } from '../../api/diagnosis.ts'
import { instant } from '../../domain/time.ts'
import { useAnswer, useRange } from '../context.tsx'
import { type AgeBar, type AgeHistogram, ageHistogram, ageText } from '../view/broker-ages.ts'
import { causeText, causeTone } from '../view/causes.ts'
import { axisText, countText } from '../view/figures.ts'
import { CauseLabel } from './cause-label.tsx'
import { Panel } from './page.tsx'
import { shown } from './shown.tsx'
import { Answered, EmptyState } from './states.tsx'
import { type Column, VirtualTable } from './virtual-table.tsx'

export function BrokerAges({ cluster, broker }: { cluster: string; broker: string }) {
  const { range, live } = useRange()
  const asked = useAnswer(
    sessionAges,
    { params: { cluster, broker }, query: { from: instant(range.fromMs), to: instant(range.toMs) } },
    { everySeconds: live ? 60 : undefined },
  )
  return (
    <Panel title="Age of sessions when they ended">
      <Answered of={asked} what="Session ages" lines={5}>
        {(value) => <Ages of={value} />}
      </Answered>
    </Panel>
  )
}

function Ages({ of }: { of: SessionAges }) {
  const histogram = useMemo(() => ageHistogram(of), [of])
  const [asTable, setAsTable] = useState(false)
  if (histogram.bars.length === 0) {
    return (
      <EmptyState title="No age is known in this span.">
        <p>An age is known of a session whose begin is recorded too, and that ended in this span.</p>
      </EmptyState>
    )
  }
  const peaks = histogram.limits.filter(({ peak }) => peak)
  const others = histogram.limits.filter(({ peak }) => !peak)
  return (
    <figure class="ages chart" aria-label="Age of sessions when they ended">
      <figcaption>
        <ul class="legend">
          {histogram.causes.map((cause) => (
            <li key={cause}>
              <CauseLabel cause={cause} />
            </li>
          ))}
        </ul>
        <button type="button" class="small" aria-expanded={asTable} onClick={() => setAsTable(!asTable)}>
          Table<span class="visually-hidden"> of session ages</span>
        </button>
      </figcaption>
      <p>
        {histogram.summary}
        {of.lookedAt.cut && ' There was more than is looked at: the newest is.'}
      </p>
      {peaks.length > 0 && (
        <ul class="ages-peaks">
          {peaks.map(({ seconds, text }) => (
            <li key={seconds}>
              <strong>Many ended near a known idle limit.</strong> <bdi>{shown(text, 300)}</bdi>
            </li>
          ))}
        </ul>
      )}
      <Bars of={histogram} />
      {others.length > 0 && (
        <p class="quiet">Thin lines are known idle limits: {others.map(({ text }) => shown(text, 200)).join('; ')}.</p>
      )}
      {asTable && <AgesTable of={histogram} />}
    </figure>
  )
}

const part = (share: number) => `${(share * 100).toFixed(3)}%`

function Bars({ of: { bars, ticks, limits, most, summary } }: { of: AgeHistogram }) {
  return (
    <div class="ages-plot" role="img" aria-label={summary}>
      <span class="ages-most number">{axisText(most)}</span>
      <div class="ages-area">
        {bars.map(({ fromSeconds, text, total, left, width, segments }) => (
          <div
            key={fromSeconds}
            class="ages-bar"
            style={{ left: part(left), width: part(width) }}
            title={`${text}: ${countText(total, 'session')} (${segments.map(({ cause, count }) => `${causeText(cause)} ${count}`).join(', ')})`}
          >
            {segments.map(({ cause, height }) => (
              <i key={cause} style={{ height: part(height), background: `var(${causeTone(cause)})` }} />
            ))}
          </div>
        ))}
        {limits.map(({ seconds, text, left, peak }) => (
          <span
            key={seconds}
            class={`ages-limit${peak ? ' peak' : ''}`}
            style={{ left: part(left) }}
            title={shown(text, 300)}
          >
            {peak && <b>{ageText(seconds)}</b>}
          </span>
        ))}
      </div>
      <div class="ages-ticks number">
        {ticks.map(({ left, text }) => (
          <span key={text} style={{ left: part(left) }}>
            {text}
          </span>
        ))}
      </div>
    </div>
  )
}

function AgesTable({ of: { bars } }: { of: AgeHistogram }) {
  const columns: readonly Column<AgeBar>[] = [
    {
      key: 'age',
      title: 'Age',
      width: 'minmax(11rem, 1fr)',
      value: (bar) => bar.fromSeconds,
      cell: ({ text }) => text,
    },
    {
      key: 'total',
      title: 'Sessions',
      width: '6rem',
      numeric: true,
      value: ({ total }) => total,
      cell: ({ total }) => total,
    },
    {
      key: 'causes',
      title: 'Ended by',
      width: 'minmax(14rem, 2fr)',
      cell: ({ segments }) => segments.map(({ cause, count }) => `${causeText(cause)} ${count}`).join(', '),
    },
  ]
  return (
    <VirtualTable
      label="Session ages as numbers"
      columns={columns}
      rows={bars}
      keyOf={({ fromSeconds }) => String(fromSeconds)}
      rowHeight={28}
    />
  )
}
