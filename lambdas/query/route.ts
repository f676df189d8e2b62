/** A route of the query API: it only reads. */
import type * as z from 'zod/mini'
import type { Settings } from '../../domain/settings.ts'
import type { Table } from '../../store/table.ts'
import { type Answer, noBody, type Route, routeOf } from '../http/route.ts'

export interface QueryPorts {
  readonly settings: Settings
  readonly tables: {
    readonly events: Table
    readonly minutes: Table
    readonly state: Table
    readonly alerts: Table
  }
  readonly nowMs: () => number
}

/** Makes a route that is asked by GET. */
export function route<
  Params extends z.ZodMiniObject,
  Query extends z.ZodMiniObject,
  Result extends z.ZodMiniType,
>(definition: {
  readonly path: string
  readonly summary: string
  readonly params: Params
  readonly query: Query
  readonly answer: Result
  readonly handle: (
    input: { params: z.infer<Params>; query: z.infer<Query> },
    ports: QueryPorts,
  ) => Promise<Answer<z.infer<Result>>>
}): Route<QueryPorts> {
  const { handle, ...operation } = definition
  return routeOf({ ...operation, method: 'get', body: noBody }, handle)
}
