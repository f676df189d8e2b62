/** The list of dialects: one broker product each, under the names that the configuration uses. */
import type { Dialect } from '../dialect.ts'
import type { ClusterSettings, dialectNames } from '../settings.ts'
import { aedes } from './aedes.ts'
import { awsIot } from './aws-iot.ts'
import { emqx } from './emqx.ts'
import { flashmq } from './flashmq.ts'
import { generic, genericFor } from './generic.ts'
import { hivemq } from './hivemq.ts'
import { mochi } from './mochi.ts'
import { mosquitto } from './mosquitto.ts'
import { nanomq } from './nanomq.ts'
import { rabbitmq } from './rabbitmq.ts'
import { vernemq } from './vernemq.ts'

type Dialects = Readonly<Record<(typeof dialectNames)[number], Dialect>>

export const dialects: Dialects = {
  aedes,
  'aws-iot': awsIot,
  emqx,
  flashmq,
  generic,
  hivemq,
  mochi,
  mosquitto,
  nanomq,
  rabbitmq,
  vernemq,
}

/** The dialect of a cluster: that of its broker product, or one made of the conventions that its devices follow. */
export function dialectOf(cluster: Pick<ClusterSettings, 'dialect' | 'presence'>, known: Dialects = dialects): Dialect {
  return cluster.presence === undefined ? known[cluster.dialect] : genericFor(cluster.presence)
}

/**
 * How the connections of a cluster are known: its feeds tell of them; the feeds tell figures only and connections are
 * pushed; or nobody tells of them, so that no events mean nothing.
 */
export type Knowledge = 'told' | 'pushed' | 'unknown'

export function connectionsOf(cluster: Pick<ClusterSettings, 'webhook'>, dialect: Dialect): Knowledge {
  if (dialect.subscriptions.some(({ essential }) => essential)) return 'told'
  return cluster.webhook === undefined ? 'unknown' : 'pushed'
}
