/** Silences that keep an alert quiet, now or later, and how far a new one reaches. Pure. */
import type { Alert } from '../../domain/alert.ts'
import { type Silence, silenceOf } from '../../domain/silence.ts'
import { instant } from '../../domain/time.ts'
import { kindText } from './alerts.ts'

/** Those that cover an alert of this scope and are not over. */
export function coveringSilences(alert: Alert, silences: readonly Silence[], nowMs: number): readonly Silence[] {
  const now = instant(nowMs)
  return silences.filter(
    (silence) => silence.to > now && silenceOf(alert, [silence], silence.from > now ? silence.from : now) !== undefined,
  )
}

/** `Imbalance of broker b1 in plant`, `everything in plant`. */
export function silenceText({
  cluster,
  kind,
  broker,
  clientId,
}: Pick<Silence, 'cluster' | 'kind' | 'broker' | 'clientId'>): string {
  const what = kind === undefined ? 'everything' : kindText(kind)
  const whom = [
    ...(clientId === undefined ? [] : [`of client ${clientId}`]),
    ...(broker === undefined ? [] : [`of broker ${broker}`]),
  ]
  return [what, ...whom, `in ${cluster}`].join(' ')
}

export const silenceMinutes: readonly (readonly [minutes: number, name: string])[] = [
  [30, '30 minutes'],
  [60, '1 hour'],
  [240, '4 hours'],
  [480, '8 hours'],
  [1440, '1 day'],
  [10_080, '7 days'],
]
