/** A cause by colour and name. */
import type { Cause } from '../../domain/cause.ts'
import { causeMeaning, causeText, causeTone } from '../view/causes.ts'

/** The colour of a cause; goes beside its name, which is the sign. */
export function Swatch({ tone }: { tone: string }) {
  return <i class="swatch" style={{ background: `var(${tone})` }} aria-hidden="true" />
}

/** Name of a cause with its colour; the title says what it means. */
export function CauseLabel({ cause, count }: { cause: Cause; count?: number }) {
  return (
    <span class="cause" title={causeMeaning(cause)}>
      <Swatch tone={causeTone(cause)} />
      {causeText(cause)}
      {count !== undefined && <b class="number">{count}</b>}
    </span>
  )
}
