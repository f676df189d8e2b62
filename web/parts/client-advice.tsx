/** What keepalive, reconnectPeriod and connectTimeout should be, as far as what was observed tells it. */
import type { Advice } from '../../domain/tuning.ts'
import type { OptionAdvice } from '../../domain/tuning/option-advice.ts'
import { figureText } from '../view/figures.ts'
import { Copyable } from './copyable.tsx'
import { Shown } from './shown.tsx'

const verdicts = {
  keep: { text: 'keep', tone: 'good' },
  change: { text: 'change', tone: 'warning' },
  contradiction: { text: 'no value fits', tone: 'critical' },
  unknown: { text: 'not known', tone: '' },
} as const

export function ClientAdvice({ of }: { of: Advice }) {
  const options = [of.keepalive, of.reconnectPeriod, of.connectTimeout]
  return (
    <div class="advice">
      <h3>Settings of the client</h3>
      {options.map((each) => (
        <OneOption key={each.option} of={each} />
      ))}
    </div>
  )
}

/** Open where something is to be done. */
function OneOption({ of }: { of: OptionAdvice }) {
  const { option, verdict, inUse, advised, range, code, why, tradeOff, missing = [] } = of
  const value = (figure: number) => `${figureText(figure)} ${of.unit}`
  const { text, tone } = verdicts[verdict]
  return (
    <details open={verdict === 'change' || verdict === 'contradiction'}>
      <summary>
        <code>{option}</code> {inUse !== undefined && <span class="number">{value(inUse)}</span>}
        {advised !== undefined && (
          <>
            {' → '}
            <b class="number">{value(advised)}</b>
          </>
        )}{' '}
        <span class={`badge ${tone}`}>{text}</span>
      </summary>
      <ul class="evidence">
        {why.map((each) => (
          <li key={each}>
            <Shown text={each} most={400} />
          </li>
        ))}
        {range !== undefined && (
          <li>
            Fits everything that was observed: {range.from === undefined ? 'up' : value(range.from)} to{' '}
            {range.to === undefined ? 'any' : value(range.to)}.
          </li>
        )}
      </ul>
      {code !== undefined && <Copyable block what="code" text={code.replaceAll('; ', '\n')} />}
      {tradeOff.length > 0 && (
        <details>
          <summary class="quiet">What a smaller and a larger value cost</summary>
          <ul class="evidence quiet">
            {tradeOff.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </details>
      )}
      {missing.length > 0 && (
        <p class="quiet">
          To say more: <Shown text={missing.join(' ')} most={400} />
        </p>
      )}
    </details>
  )
}
