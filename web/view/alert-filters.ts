/** Which alerts the list shows, as its address says it. Pure. */
import * as z from 'zod/mini'
import { AlertKindSchema } from '../../domain/alert.ts'

export interface AlertFilters {
  readonly status?: 'open' | 'resolved'
  readonly kind?: z.infer<typeof AlertKindSchema>
  readonly cluster?: string
  readonly broker?: string
}

/** What the API would refuse is left out. */
export function alertFilters(params: URLSearchParams): AlertFilters {
  const status = params.get('status')
  const kind = z.safeParse(AlertKindSchema, params.get('kind'))
  const cluster = params.get('cluster') ?? ''
  const broker = params.get('broker') ?? ''
  return {
    ...(status === 'open' || status === 'resolved' ? { status } : {}),
    ...(kind.success ? { kind: kind.data } : {}),
    ...(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(cluster) ? { cluster } : {}),
    ...(broker.length > 0 && broker.length <= 256 ? { broker } : {}),
  }
}
