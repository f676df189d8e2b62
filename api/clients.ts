/** How a client is, and how to find one. */
import * as z from 'zod/mini'
import { CauseSchema } from '../domain/cause.ts'
import { ViewSchema } from '../domain/event.ts'
import { JoinedEventSchema } from '../domain/session.ts'
import { InstantSchema } from '../domain/time.ts'
import { lookedAtShape, whyShape } from './diagnosis.ts'
import { noBody, noParams, type Operation } from './operation.ts'
import { brokerName, clientId, clusterName, clusterOfClient, described, from, limit, to } from './parameters.ts'

const Count = z.number()

const ClientSchema = z.strictObject({
  clientId: z.string(),
  cluster: z.string(),
  status: z.enum(['connected', 'disconnected', 'refused']),
  statusView: described(
    ViewSchema,
    'Whose word the status and the day are: the broker’s; `client` where only the client itself told anything',
  ),
  broker: z.string(),
  since: InstantSchema,
  last: JoinedEventSchema,
  day: z.strictObject({
    connects: Count,
    refused: Count,
    disconnects: z.partialRecord(CauseSchema, Count),
    cut: z.boolean(),
  }),
  ...whyShape,
})
export type Client = Readonly<z.infer<typeof ClientSchema>>

export const client = {
  method: 'get',
  path: '/v1/clients',
  summary: 'A client’s status, broker, since when, a summary of the last 24 hours, and why its connections end',
  params: noParams,
  query: z.strictObject({
    clientId,
    cluster: clusterOfClient,
    from: described(from, 'Begin of what is diagnosed (RFC 3339); by default 24 hours before its end'),
    to: described(to, 'End of what is diagnosed (RFC 3339); by default now'),
  }),
  body: noBody,
  answer: ClientSchema,
} satisfies Operation

const FoundClientSchema = z.strictObject({
  clientId: z.string(),
  brokers: described(z.array(z.string()), 'On which it stood out, or was last'),
  disconnects: Count,
  attempts: Count,
  takeovers: Count,
  peers: z.array(z.string()),
  lastMinute: z.optional(described(InstantSchema, 'The last minute in which it stood out')),
  watched: z.optional(
    described(
      z.strictObject({ offlineMinutes: z.number(), online: z.optional(z.boolean()), at: z.optional(InstantSchema) }),
      'It is in the list of watched clients; how it stood after its last event in these minutes',
    ),
  ),
})
export type FoundClient = Readonly<z.infer<typeof FoundClientSchema>>

export const foundClients = {
  method: 'get',
  path: '/v1/clusters/:cluster/clients',
  summary:
    'Clients that stood out in a span (by default the last hour), those with the most disconnects first, and the watched ones. There is no search by prefix',
  params: z.strictObject({ cluster: clusterName }),
  query: z.strictObject({ from, to, broker: z.optional(brokerName), limit }),
  body: noBody,
  answer: z.strictObject({ clients: z.array(FoundClientSchema), ...lookedAtShape }),
  rows: 'clients',
} satisfies Operation
