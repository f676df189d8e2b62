/** A route of the query API: it only reads. */
import type * as z from 'zod/mini'
import type { noBody, Operation } from '../../api/operation.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Table } from '../../store/table.ts'
import { type Answer, type Route, routeOf } from '../http/route.ts'

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

/** Gives a question its step. */
export function route<Params extends z.ZodMiniObject, Query extends z.ZodMiniObject, Result extends z.ZodMiniType>(
  operation: Operation<Params, Query, typeof noBody, Result>,
  step: (
    input: { params: z.infer<Params>; query: z.infer<Query> },
    ports: QueryPorts,
  ) => Promise<Answer<z.infer<Result>>>,
): Route<QueryPorts> {
  return routeOf(operation, step)
}
