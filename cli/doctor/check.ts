/** What the doctor finds: checks under names that stay, each with what was found and what to do. */
import * as z from 'zod/mini'
import { InstantSchema } from '../../domain/time.ts'

/** Names of checks, in the order in which a feed is looked at; `secrets` and before concern everything. */
export const checkNames = [
  'configuration',
  'software',
  'mqttjs',
  'secrets',
  'secret',
  'dns',
  'tcp',
  'tls',
  'login',
  'topics',
  'events',
  'clock',
  'session',
  'version',
  'api',
  'webhook',
  'rule',
] as const
export type CheckName = (typeof checkNames)[number]

const AdviceSchema = z.strictObject({
  text: z.string(),
  /** Exactly what to write into a file or to type. */
  lines: z.optional(z.array(z.string())),
})
export type Advice = Readonly<z.infer<typeof AdviceSchema>>

export const CheckSchema = z.strictObject({
  name: z.enum(checkNames),
  status: z.enum(['ok', 'warning', 'failed', 'skipped']),
  /** What was found, in words. */
  found: z.string(),
  advice: z.optional(z.array(AdviceSchema)),
  /** The same for machines: figures and names. */
  facts: z.optional(z.record(z.string(), z.unknown())),
})
export type Check = Readonly<z.infer<typeof CheckSchema>>

/** What `--json` prints. */
export const ReportSchema = z.strictObject({
  /** The worst of all checks. */
  status: z.enum(['ok', 'warning', 'failed']),
  checkedAt: InstantSchema,
  checks: z.array(CheckSchema),
  feeds: z.array(
    z.strictObject({
      cluster: z.string(),
      /** Its broker, else its place in the list; `webhook` or `aws-iot-rule` where events are pushed. */
      feed: z.string(),
      dialect: z.string(),
      url: z.optional(z.string()),
      checks: z.array(CheckSchema),
    }),
  ),
})
export type Report = z.infer<typeof ReportSchema>

interface More {
  readonly advice?: readonly (Advice | undefined)[]
  readonly facts?: Readonly<Record<string, unknown>>
}

function check(status: Check['status'], name: CheckName, found: string, more: More): Check {
  const advice = (more.advice ?? []).filter((each) => each !== undefined)
  return {
    name,
    status,
    found,
    ...(advice.length === 0 ? {} : { advice }),
    ...(more.facts === undefined ? {} : { facts: { ...more.facts } }),
  }
}

export const ok = (name: CheckName, found: string, more: More = {}): Check => check('ok', name, found, more)
export const warning = (name: CheckName, found: string, more: More = {}): Check => check('warning', name, found, more)
export const failed = (name: CheckName, found: string, more: More = {}): Check => check('failed', name, found, more)
export const skipped = (name: CheckName, found: string, more: More = {}): Check => check('skipped', name, found, more)

/** Every check of a feed after one that failed: why there is nothing to look at. */
export function skippedAfter(last: CheckName, found: string): Check[] {
  const from = checkNames.indexOf(last) + 1
  return checkNames.slice(from, checkNames.indexOf('version') + 1).map((name) => skipped(name, found))
}

/** The worst of these checks. */
export function worstOf(checks: readonly Check[]): Report['status'] {
  if (checks.some(({ status }) => status === 'failed')) return 'failed'
  return checks.some(({ status }) => status === 'warning') ? 'warning' : 'ok'
}
