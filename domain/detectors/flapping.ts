/** Single clients lose their connection again and again, while most of the others keep theirs. */
import * as z from 'zod/mini'
import type { Finding } from '../alert.ts'
import { type ClientWindow, type FollowedClient, openClientWindow } from '../client-window.ts'
import type { Detector, DetectorInput } from '../detector.ts'
import type { TopClient } from '../minute.ts'
import { harmless } from '../text.ts'
import type { Detection } from '../thresholds.ts'

const SavedSchema = z.strictObject({
  /** Clients followed, by the rule that counts them. */
  windows: z.record(z.string(), z.unknown()),
  /** Brokers on which clients flapped when that was last told. */
  on: z.array(z.string()),
})
const namedClients = 5
const listedClients = 10
const mostBrokers = 20

/** How often a client may do something within a window. */
interface Rule {
  readonly name: string
  readonly countOf: (client: TopClient) => number
  /** So many are an alert. */
  readonly least: number
  readonly windowMinutes: number
  readonly what: string
}

/** Ends that were asked for are no flapping; take-overs are told of otherwise. Limits count whatever happens. */
function rulesOf({ flapping: { minimumDisconnects, windowMinutes }, limits }: Detection): Rule[] {
  const disconnects = limits['num-disconnects']
  const attempts = limits['num-connection-attempts']
  return [
    {
      name: 'drops',
      countOf: ({ disconnects: all, graceful = 0, takeovers = 0 }) => all - graceful - takeovers,
      least: minimumDisconnects,
      windowMinutes,
      what: 'dropped connections',
    },
    ...(disconnects === undefined
      ? []
      : [
          {
            name: 'num-disconnects',
            countOf: (client: TopClient) => client.disconnects,
            what: 'disconnects',
            ...limitOf(disconnects),
          },
        ]),
    ...(attempts === undefined
      ? []
      : [
          {
            name: 'num-connection-attempts',
            countOf: (client: TopClient) => client.attempts ?? 0,
            what: 'connection attempts',
            ...limitOf(attempts),
          },
        ]),
  ]
}

function limitOf({ count, durationSeconds }: { readonly count: number; readonly durationSeconds: number }) {
  return { least: count + 1, windowMinutes: durationSeconds / 60 }
}

/** A client that did something too often. */
interface Found {
  readonly client: FollowedClient
  readonly rule: Rule
}

/**
 * Follows single clients over all brokers of the cluster: too many dropped connections within the window, or more than a
 * static limit allows. When very many drop once each, none of them flaps.
 */
export const flapping: Detector = {
  kind: 'flapping',
  open: ({ recent }) => {
    const read = SavedSchema.safeParse(recent)
    const saved = read.success ? read.data : { windows: {}, on: [] }
    let on: readonly string[] = saved.on
    let of: Detection | undefined
    let rules: readonly { readonly rule: Rule; readonly window: ClientWindow }[] = []
    return {
      judge: (input) => {
        const { detection } = input.context
        if (detection !== of) {
          of = detection
          const known = new Map(rules.map(({ rule, window }) => [rule.name, window]))
          rules = rulesOf(detection).map((rule) => {
            return { rule, window: known.get(rule.name) ?? openClientWindow(saved.windows[rule.name]) }
          })
        }
        const found: Found[] = []
        for (const { rule, window } of rules) {
          window.take(input, rule)
          for (const client of window.reached(rule.least)) found.push({ client, rule })
        }
        const scope = { kind: 'flapping', clearMinutes: detection.flapping.clearMinutes } as const
        if (found.length > 0) {
          on = [...new Set(found.map(({ client }) => client.broker))].toSorted().slice(0, mostBrokers)
          return { judgements: isSeen(input) ? [{ ...scope, verdict: 'firing', finding: findingOf(found) }] : [] }
        }
        // Nothing was told since it was opened: there is no alert that could become calm.
        if (on.length === 0) return { judgements: [] }
        return { judgements: isSeen(input, on) ? [{ ...scope, verdict: 'calm' }] : [] }
      },
      save: () => {
        const windows = Object.fromEntries(rules.map(({ rule, window }) => [rule.name, window.save()]))
        return { recent: { windows: of === undefined ? saved.windows : windows, on: [...on] } }
      },
    }
  },
}

/** Was anything of the cluster seen, and all of these brokers as far as they are known? */
function isSeen({ minute, context }: DetectorInput, all: readonly string[] = []): boolean {
  const seen = ({ broker, coverage }: { readonly broker: string; readonly coverage: number }) =>
    coverage > 0 && !context.inMaintenance(minute.startMs, broker)
  return minute.brokers.some(seen) && minute.brokers.every((each) => !all.includes(each.broker) || seen(each))
}

function findingOf(all: readonly Found[]): Finding {
  const found = [...new Map(all.toReversed().map((each) => [each.client.clientId, each])).values()].toSorted(inOrder)
  const [worst] = found
  const count = found.length
  const named = found.slice(0, namedClients).map(textOf)
  const more = count > namedClients ? [`${count - namedClients} more`] : []
  return {
    severity: 'warning',
    observed: count,
    expected: 0,
    upper: 1,
    affected: count,
    ...(worst === undefined ? {} : { windowMinutes: worst.rule.windowMinutes }),
    score: worst === undefined ? 0 : Math.round(10 * timesAllowed(worst)) / 10,
    summary: `${count === 1 ? '1 client flaps' : `${count} clients flap`}: ${[...named, ...more].join('; ')}.`,
    topCauses: [],
    topClients: found.slice(0, listedClients).map(({ client, rule }) => ({
      clientId: client.clientId,
      disconnects: rule.name === 'num-connection-attempts' ? 0 : client.total,
      ...(rule.name === 'num-connection-attempts' ? { attempts: client.total } : {}),
      ...(client.peers.length > 0 ? { peers: client.peers.toSorted() } : {}),
    })),
  }
}

function timesAllowed({ client, rule }: Found): number {
  return client.total / rule.least
}

/** The worst first. */
function inOrder(a: Found, b: Found): number {
  return timesAllowed(b) - timesAllowed(a) || (a.client.clientId < b.client.clientId ? -1 : 1)
}

function textOf({ client, rule }: Found): string {
  const from = client.peers.length > 0 ? ` from ${client.peers.toSorted().join(', ')}` : ''
  return `${harmless(client.clientId, 100)} (${client.total} ${rule.what} within ${rule.windowMinutes} min, the last on ${harmless(client.broker, 100)}${from})`
}
