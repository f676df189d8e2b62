/** Checks a configuration and names every fault at once: where, what was found, what would be right. */
import * as z from 'zod/mini'
import { dialects } from './dialects/index.ts'
import { ClusterSchema, type ClusterSettings, feedName, type Settings, SettingsSchema } from './settings.ts'
import { harmless } from './text.ts'

/** One fault of a configuration. `found` never holds a secret. */
export interface SettingsFault {
  /** Such as `clusters[0].feeds[1].url`. */
  readonly path: string
  readonly found: string
  readonly expected: string
}

export type SettingsOutcome =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: readonly SettingsFault[] }

const secretKey = /pass(word|phrase|wd)?$|^(key|cert|ca|token|pfx)$/i
const urlWithUser = /^([a-z]+:\/\/).*@/is

/** A replay connects to nothing: a cluster needs no product and no place where its events come from. */
const ReplaySchema = z.extend(SettingsSchema, {
  clusters: z._default(
    z
      .array(z.extend(ClusterSchema, { dialect: z._default(ClusterSchema.shape.dialect, 'generic') }))
      .check(z.maxLength(100)),
    [],
  ),
})

/** Checks what was parsed from `keepwatch.json`; every default is filled in. Never throws. */
export function checkSettings(input: unknown, purpose: 'watch' | 'replay' = 'watch'): SettingsOutcome {
  const parsed = (purpose === 'replay' ? ReplaySchema : SettingsSchema).safeParse(input)
  if (!parsed.success) return { ok: false, faults: parsed.error.issues.flatMap((issue) => faultsOf(issue, input)) }
  const faults = crossFaults(parsed.data, purpose === 'watch')
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings: parsed.data }
}

/** What a schema found wrong, as faults for people. */
export function faultsOf(issue: z.core.$ZodIssue, input: unknown): SettingsFault[] {
  const found = shown(valueAt(input, issue.path), issue.path.at(-1))
  const path = pathText(issue.path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: pathText([...issue.path, key]),
        found: shown(valueAt(input, [...issue.path, key]), key),
        expected: secretKey.test(key)
          ? 'no secret in this file: store it in AWS Secrets Manager (on one machine: in keepwatch.secrets.json) and name it in "secret"'
          : 'no such setting; see keepwatch.schema.json for those there are',
      }))
    case 'invalid_type':
      return [{ path, found, expected: found === 'nothing' ? `a value (${issue.expected})` : issue.expected }]
    case 'invalid_value':
      return [{ path, found, expected: `one of ${issue.values.map(String).join(', ')}` }]
    case 'too_small':
      return [{ path, found, expected: `at least ${issue.minimum}${issue.origin === 'array' ? ' entries' : ''}` }]
    case 'too_big':
      return [{ path, found, expected: `at most ${issue.maximum}${issue.origin === 'array' ? ' entries' : ''}` }]
    case 'invalid_union':
      return [{ path, found, expected: 'one of the documented values' }]
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return [{ path, found, expected: issue.message }]
  }
}

/** One fault as a line for people. */
export function faultText({ path, found, expected }: SettingsFault): string {
  return `${path}: found ${found}; expected ${expected}`
}

/** Faults no single value shows: names used twice, a feed without the broker's name its dialect needs. */
function crossFaults(settings: Settings, needsSource: boolean): SettingsFault[] {
  const faults: SettingsFault[] = []
  const clusters = new Set<string>()
  settings.clusters.forEach((cluster, index) => {
    const at = `clusters[${index}]`
    if (clusters.has(cluster.name)) {
      faults.push({ path: `${at}.name`, found: cluster.name, expected: 'a name no other cluster has' })
    }
    clusters.add(cluster.name)
    const hasSource = cluster.feeds.length > 0 || cluster.webhook !== undefined || cluster.awsIotRule === true
    if (needsSource && !hasSource) {
      const expected = 'at least one feed, or "webhook", or (for AWS IoT Core) "awsIotRule": true'
      faults.push({ path: `${at}.feeds`, found: 'none', expected })
    }
    faults.push(...faultsOfDialect(cluster, at), ...cluster.feeds.flatMap((_, feed) => faultsOfFeed(cluster, feed, at)))
    const weights = new Set<string>()
    cluster.brokers.forEach((broker, brokerIndex) => {
      if (weights.has(broker.name)) {
        faults.push({ path: `${at}.brokers[${brokerIndex}].name`, found: broker.name, expected: 'each broker once' })
      }
      weights.add(broker.name)
    })
  })
  return faults
}

/** Settings that mean something to some broker products only. */
function faultsOfDialect({ dialect, feeds, presence, awsIotRule }: ClusterSettings, at: string): SettingsFault[] {
  const faults: SettingsFault[] = []
  if (dialects[dialect].transport === 'push' && feeds.length > 0) {
    const expected = `no feeds: ${dialect} publishes nothing about itself, its events come by "webhook"`
    faults.push({ path: `${at}.feeds`, found: `${feeds.length}`, expected })
  }
  if (presence !== undefined && dialect !== 'generic') {
    const expected = `nothing: ${dialect} tells of connections itself; "presence" is for the dialect generic`
    faults.push({ path: `${at}.presence`, found: 'a list', expected })
  }
  if (awsIotRule === true && dialect !== 'aws-iot') {
    const expected = `nothing: the rule brings events of AWS IoT Core, and the dialect is ${dialect}`
    faults.push({ path: `${at}.awsIotRule`, found: 'true', expected })
  }
  return faults
}

function faultsOfFeed(cluster: ClusterSettings, index: number, at: string): SettingsFault[] {
  const feed = cluster.feeds[index]
  if (feed === undefined) return []
  const faults: SettingsFault[] = []
  const path = `${at}.feeds[${index}]`
  const { transport, scope } = dialects[cluster.dialect]
  const name = feedName(cluster, feed)
  if (cluster.feeds.slice(0, index).some((other) => feedName(cluster, other) === name)) {
    faults.push({ path: `${path}.broker`, found: name, expected: 'a broker no other feed names' })
  }
  if (scope === 'broker' && feed.broker === undefined) {
    const expected = `the broker’s name: ${cluster.dialect} does not tell it`
    faults.push({ path: `${path}.broker`, found: 'nothing', expected })
  }
  const isAmqp = feed.url.startsWith('amqp')
  if (isAmqp !== (transport === 'amqp')) {
    const expected = isAmqp
      ? `mqtt://, mqtts://, ws:// or wss://: ${cluster.dialect} tells of itself over MQTT`
      : `amqp:// or amqps://: ${cluster.dialect} tells of itself over AMQP`
    faults.push({ path: `${path}.url`, found: shown(feed.url, 'url'), expected })
  }
  return faults
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${harmless(String(part), 60)}`)).join('')
  return text.startsWith('.') ? text.slice(1) : text || '(the whole file)'
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = Reflect.get(value, part)
  }
  return value
}

function shown(value: unknown, key: PropertyKey | undefined): string {
  if (value === undefined) return 'nothing'
  if (typeof key === 'string' && secretKey.test(key)) return '(a secret, not shown)'
  if (typeof value === 'string') return harmless(JSON.stringify(value.replace(urlWithUser, '$1…@')), 120)
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : value === null ? 'null' : 'an object'
  return harmless(JSON.stringify(value) ?? typeof value, 120)
}
