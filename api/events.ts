/** What happened: the events of a client, and those of a broker. */
import * as z from 'zod/mini'
import { CauseSchema } from '../domain/cause.ts'
import { EventSchema, EventTypeSchema, ViewSchema } from '../domain/event.ts'
import { JoinedEventSchema } from '../domain/session.ts'
import { noBody, noParams, type Operation } from './operation.ts'
import {
  brokerName,
  clientId,
  clusterName,
  clusterOfClient,
  cursor,
  from,
  limit,
  next,
  peer,
  to,
} from './parameters.ts'

const filters = {
  from,
  to,
  type: z.optional(EventTypeSchema),
  cause: z.optional(CauseSchema),
  view: z.optional(ViewSchema),
  peer,
}

export const clientHistory = {
  method: 'get',
  path: '/v1/clients/events',
  summary: 'A client’s history, newest first, sessions joined; by default of the last 30 days',
  params: noParams,
  query: z.strictObject({
    clientId,
    cluster: clusterOfClient,
    ...filters,
    broker: z.optional(brokerName),
    limit,
    cursor,
  }),
  body: noBody,
  answer: z.strictObject({ events: z.array(JoinedEventSchema), next }),
  rows: 'events',
} satisfies Operation

export const brokerHistory = {
  method: 'get',
  path: '/v1/clusters/:cluster/brokers/:broker/events',
  summary: 'A broker’s events, newest first; by default of the last day',
  params: z.strictObject({ cluster: clusterName, broker: brokerName }),
  query: z.strictObject({ ...filters, limit, cursor }),
  body: noBody,
  answer: z.strictObject({ events: z.array(EventSchema), next }),
  rows: 'events',
} satisfies Operation
