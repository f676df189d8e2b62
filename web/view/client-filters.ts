/** Which of a client's events the address asks for. What it holds and the API would refuse is left out. Pure. */
import * as z from 'zod/mini'
import { type Cause, CauseSchema } from '../../domain/cause.ts'
import { type Event, EventTypeSchema, ViewSchema } from '../../domain/event.ts'

export interface ClientFilters {
  readonly type?: Event['type']
  readonly cause?: Cause
  readonly view?: Event['view']
  readonly broker?: string
  readonly peer?: string
}

export function clientFilters(params: URLSearchParams): ClientFilters {
  const type = z.safeParse(EventTypeSchema, params.get('type'))
  const cause = z.safeParse(CauseSchema, params.get('cause'))
  const view = z.safeParse(ViewSchema, params.get('view'))
  const broker = textOf(params.get('broker'), 256)
  const peer = textOf(params.get('peer'), 64)
  return {
    ...(type.success ? { type: type.data } : {}),
    ...(cause.success ? { cause: cause.data } : {}),
    ...(view.success ? { view: view.data } : {}),
    ...(broker === undefined ? {} : { broker }),
    ...(peer === undefined ? {} : { peer }),
  }
}

function textOf(text: string | null, longest: number): string | undefined {
  return text === null || text === '' || text.length > longest ? undefined : text
}
