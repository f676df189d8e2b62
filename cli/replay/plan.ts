/** The configuration of a replay: what the detectors ask of each cluster, whether it is configured or not. */
import * as z from 'zod/mini'
import { contextOf } from '../../domain/cluster-context.ts'
import type { ClusterContext } from '../../domain/detector.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { ClusterSchema, type ClusterSettings, type Settings } from '../../domain/settings.ts'
import { readSettings } from '../../local/inputs.ts'

/** What a replay of one cluster begins with. */
export interface ClusterPlan {
  readonly context: ClusterContext
  /** Brokers that the configuration names. */
  readonly brokers: readonly string[]
  /** Brokers to which the configuration gives a weight: what the record tells of theirs does not count. */
  readonly weighted: ReadonlySet<string>
}
export type Plan = (cluster: string) => ClusterPlan

export type PlanOutcome =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly lines: readonly string[] }

/** The weights as they stand in the file: once checked, a weight that was not given is 1. */
const WeightsSchema = z.object({
  clusters: z.optional(
    z.array(
      z.object({
        name: z.string(),
        brokers: z.optional(z.array(z.object({ name: z.string(), weight: z.optional(z.number()) }))),
      }),
    ),
  ),
})

/** Reads a configuration; without a file all is as by default. On failure, a line for each fault. */
export function readPlan(file: string | undefined): PlanOutcome {
  let found: unknown = {}
  const check = (value: unknown) => {
    found = value
    return checkSettings(value, 'replay')
  }
  const read = file === undefined ? withoutFile() : readSettings(file, check)
  if (!read.ok) return read
  const weighted = weightedBrokers(found)
  const { settings } = read
  const configured = new Map(settings.clusters.map((cluster) => [cluster.name, cluster]))
  return {
    ok: true,
    plan: (name) => {
      const cluster = configured.get(name) ?? unconfigured(name)
      return {
        context: contextOf(settings, cluster),
        brokers: [
          ...new Set([
            ...cluster.feeds.flatMap(({ broker }) => broker ?? []),
            ...cluster.brokers.map((each) => each.name),
          ]),
        ],
        weighted: weighted.get(name) ?? new Set(),
      }
    },
  }
}

function withoutFile(): { readonly ok: true; readonly settings: Settings } | { ok: false; lines: string[] } {
  const outcome = checkSettings({}, 'replay')
  return outcome.ok ? outcome : { ok: false, lines: ['The default settings are wrong.'] }
}

/** The name comes from the record, which may hold any. */
function unconfigured(name: string): ClusterSettings {
  return { ...ClusterSchema.parse({ name: 'unconfigured', dialect: 'generic' }), name }
}

function weightedBrokers(found: unknown): Map<string, ReadonlySet<string>> {
  const { clusters = [] } = WeightsSchema.parse(found)
  return new Map(
    clusters.map(({ name, brokers = [] }) => [
      name,
      new Set(brokers.flatMap((broker) => (broker.weight === undefined ? [] : [broker.name]))),
    ]),
  )
}
