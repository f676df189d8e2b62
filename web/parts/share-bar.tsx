/** A share against its fair share: a bar, and a mark where it should end. */
import { percentText } from '../view/figures.ts'

/** `most`: what the whole width stands for, so that bars under each other can be compared. */
export function ShareBar({ share, fair, most }: { share: number | undefined; fair: number | undefined; most: number }) {
  const part = (value: number) => `${Math.min(100, (value / Math.max(most, 1e-9)) * 100)}%`
  const label = `${percentText(share)} of the clients, fair share ${percentText(fair)}`
  const off = share === undefined || fair === undefined || fair === 0 ? 1 : share / fair
  return (
    <span class="share" role="img" aria-label={label} title={label}>
      <span class="share-track">
        {share !== undefined && (
          <span class={`share-bar${off > 1.25 || off < 0.75 ? ' off' : ''}`} style={{ width: part(share) }} />
        )}
        {fair !== undefined && <span class="share-fair" style={{ left: part(fair) }} />}
      </span>
      <span class="number">{percentText(share)}</span>
    </span>
  )
}
