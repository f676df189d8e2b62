/** How events arrive that no feed brings: what the rule of AWS IoT Core puts around a presence event. */
import * as z from 'zod/mini'
import type { FeedReport } from './batch.ts'
import { instant } from './time.ts'

/** Names under which the rule adds what the payload does not say. No payload of AWS IoT has members like these. */
export const awsIotEnvelope = {
  cluster: 'keepwatchCluster',
  topic: 'keepwatchTopic',
  receivedAtMs: 'keepwatchReceivedAtMs',
} as const

/** A message of the rule: the presence event's own members, unchecked, and ours beside them. No batch looks like it. */
export const AwsIotEnvelopeSchema = z.looseObject({
  [awsIotEnvelope.cluster]: z.string().check(z.minLength(1), z.maxLength(64)),
  /** Such as `$aws/events/presence/connected/pump-17`. */
  [awsIotEnvelope.topic]: z.string().check(z.minLength(1), z.maxLength(1024)),
  /** Epoch milliseconds at which the rule saw the event. */
  [awsIotEnvelope.receivedAtMs]: z.number().check(z.int(), z.minimum(0)),
})

/**
 * What a feed that is pushed to us says of itself when something came: all before it had its chance to come. How long
 * silence is then believed is for the analysis to say.
 */
export function pushReport({ cluster, feed, atMs }: { cluster: string; feed: string; atMs: number }): FeedReport {
  const at = instant(atMs)
  return {
    cluster,
    feed,
    brokers: [],
    state: 'up',
    since: at,
    seenFrom: at,
    seenUntil: at,
    pushed: true,
    rejected: {},
    rejectionSamples: [],
  }
}
