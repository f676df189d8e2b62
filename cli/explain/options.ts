/** What `keepwatch explain` is asked about. */
import { WrongLine } from '../fault.ts'

/** Of whom it is asked. A client may be in the only cluster there is. */
export type Asked =
  | { readonly of: 'client'; readonly clientId: string; readonly cluster: string | undefined }
  | { readonly of: 'broker'; readonly broker: string; readonly cluster: string }
  | { readonly of: 'cluster'; readonly cluster: string }

interface Typed {
  readonly clientId: string | undefined
  readonly cluster: string | undefined
  readonly broker: string | undefined
}

/** @throws WrongLine */
export function subjectOf({ clientId, cluster, broker }: Typed): Asked {
  if (clientId !== undefined && broker !== undefined) throw new WrongLine('a CLIENT_ID and --broker exclude each other')
  if (clientId !== undefined) return { of: 'client', clientId, cluster }
  if (cluster === undefined)
    throw new WrongLine(broker === undefined ? 'a CLIENT_ID is needed, or --cluster' : '--broker needs --cluster')
  return broker === undefined ? { of: 'cluster', cluster } : { of: 'broker', broker, cluster }
}
