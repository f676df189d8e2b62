/** Which part of the span the lanes show, and buttons for who has no wheel, no keys, no pointer that drags. */
import { useAddress } from '../context.tsx'
import type { TimeRange } from '../span.ts'
import { lengthText } from '../view/client-words.ts'

export interface LaneToolsProps {
  readonly window: TimeRange
  readonly isZoomed: boolean
  readonly zoomBy: (factor: number) => void
  readonly shift: (share: number) => void
  readonly whole: () => void
}

export function LaneTools({ window, isZoomed, zoomBy, shift, whole }: LaneToolsProps) {
  const { setSpan } = useAddress()
  return (
    <div class="lane-tools" role="group" aria-label="Part of the span that is shown">
      <button type="button" class="small" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoomBy(0.5)}>
        +
      </button>
      <button
        type="button"
        class="small"
        aria-label="Zoom out"
        title="Zoom out (−)"
        disabled={!isZoomed}
        onClick={() => zoomBy(2)}
      >
        −
      </button>
      {isZoomed && (
        <>
          <button type="button" class="small" aria-label="Earlier" title="Earlier" onClick={() => shift(-0.5)}>
            ‹
          </button>
          <button type="button" class="small" aria-label="Later" title="Later" onClick={() => shift(0.5)}>
            ›
          </button>
          <button type="button" class="small" onClick={whole}>
            Whole span
          </button>
          <button
            type="button"
            class="small"
            title="Counts, diagnosis and events of this part alone"
            onClick={() => setSpan({ kind: 'fixed', ...window })}
          >
            Only this part
          </button>
        </>
      )}
      <span class="quiet">
        {isZoomed
          ? `${lengthText(window.toMs - window.fromMs)} of the span`
          : 'Drag to zoom; arrow keys move over sessions'}
      </span>
    </div>
  )
}
