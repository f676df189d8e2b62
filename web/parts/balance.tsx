/** Is a cluster's load spread fairly, and what would have to move. */
import { type Balance, balance } from '../../api/brokers.ts'
import { useAddress, useAnswer } from '../context.tsx'
import { countText, figureText, percentText } from '../view/figures.ts'
import { Copyable } from './copyable.tsx'
import { Panel } from './page.tsx'
import { Shown } from './shown.tsx'
import { Answered } from './states.tsx'
import { Time } from './time.tsx'

const tones = { balanced: 'good', imbalanced: 'warning', unknown: '' } as const

export function BalancePanel({ cluster }: { cluster: string }) {
  const asked = useAnswer(balance, { params: { cluster } }, { everySeconds: 30 })
  const verdict = asked.value?.verdict
  return (
    <Panel title="Balance" aside={verdict !== undefined && <span class={`badge ${tones[verdict]}`}>{verdict}</span>}>
      <Answered of={asked} what="Balance">
        {(value) => <Verdict of={value} />}
      </Answered>
    </Panel>
  )
}

function Verdict({ of }: { of: Balance }) {
  const { href } = useAddress()
  return (
    <div class="stack">
      <p>
        <Shown text={of.reason} most={400} />
      </p>
      {of.minute !== undefined && (
        <p class="quiet">
          As of <Time at={of.minute} />
          {of.alert !== undefined && (
            <>
              {' · '}
              <a href={href({ page: 'alert', id: of.alert })}>its alert</a>
            </>
          )}
        </p>
      )}
      {of.moves.length > 0 && <Moves of={of} />}
      {of.indices !== undefined && <Indices of={of.indices} />}
    </div>
  )
}

const mostMoves = 6

function Moves({ of: { moves, command } }: { of: Balance }) {
  const sum = moves.reduce((total, { clients }) => total + clients, 0)
  return (
    <details>
      <summary>Moving {countText(sum, 'client')} would make it fair</summary>
      <div class="stack">
        <ul>
          {moves.slice(0, mostMoves).map(({ from, to, clients }) => (
            <li key={`${from} ${to}`}>
              {countText(clients, 'client')}: <Shown text={from} /> → <Shown text={to} />
            </li>
          ))}
          {moves.length > mostMoves && <li class="quiet">and {moves.length - mostMoves} more moves</li>}
        </ul>
        {command !== undefined && (
          <>
            {command.lines.length > 0 && <Copyable block what="the broker’s command" text={command.lines.join('\n')} />}
            <p class="quiet">{command.note}</p>
          </>
        )}
      </div>
    </details>
  )
}

function Indices({ of }: { of: NonNullable<Balance['indices']> }) {
  const rows = [
    ['Largest share over fair share', figureText(of.peakToFair), '1 is balanced'],
    ['Would have to move', percentText(of.misplacedShare), '0 is balanced'],
    ['Jain’s fairness index', figureText(of.jainIndex), '1 is balanced'],
    ['Coefficient of variation', figureText(of.coefficientOfVariation), '0 is balanced'],
  ]
  return (
    <details>
      <summary>Figures</summary>
      <dl class="pairs">
        {rows.map(([name, value, hint]) => (
          <div key={name}>
            <dt>
              {name} <span class="quiet">{hint}</span>
            </dt>
            <dd class="number">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
