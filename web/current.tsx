/** Answers that the frame and several pages show: asked once, for all of them. */
import { type ComponentChildren, createContext } from 'preact'
import { useContext, useMemo } from 'preact/hooks'
import { alertList } from '../api/alerts.ts'
import { brokers } from '../api/brokers.ts'
import { coverage, health } from '../api/health.ts'
import type { AnswerOf } from '../api/operation.ts'
import { instant } from '../domain/time.ts'
import { type Asked, useAddress, useAnswer, useRange } from './context.tsx'

export interface Shared {
  /** Every broker of every cluster. */
  readonly brokers: Asked<AnswerOf<typeof brokers>>
  /** Open alerts, newest first. */
  readonly open: Asked<AnswerOf<typeof alertList>>
  readonly health: Asked<AnswerOf<typeof health>>
  /** What was watched in the span of the address. */
  readonly coverage: Asked<AnswerOf<typeof coverage>>
}

const SharedContext = createContext<Shared | undefined>(undefined)

export function useShared(): Shared {
  const shared = useContext(SharedContext)
  if (shared === undefined) throw new Error('useShared outside of the frame')
  return shared
}

/** The cluster that the page is about: the one in the address, else the first. */
export function useCluster(): string | undefined {
  const { place } = useAddress()
  const { value } = useShared().brokers
  return ('cluster' in place ? place.cluster : undefined) ?? value?.brokers[0]?.cluster
}

export function WithShared({ children }: { children: ComponentChildren }) {
  const { range, live } = useRange()
  const asked = {
    brokers: useAnswer(brokers, { query: { limit: '1000' } }, { everySeconds: 15, all: true }),
    open: useAnswer(alertList, { query: { status: 'open', limit: '1000' } }, { everySeconds: 10, all: true }),
    health: useAnswer(health, {}, { everySeconds: 15 }),
    coverage: useAnswer(
      coverage,
      { query: { from: instant(range.fromMs), ...(live ? {} : { to: instant(range.toMs) }) } },
      { everySeconds: live ? 15 : undefined },
    ),
  }
  const shared = useMemo(() => asked, Object.values(asked))
  return <SharedContext.Provider value={shared}>{children}</SharedContext.Provider>
}
