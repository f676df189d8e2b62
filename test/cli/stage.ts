/** What the tests of the commands stand on: a terminal that remembers, and the doctor run in this process. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Check, type CheckName, type Report, ReportSchema } from '../../cli/doctor/check.ts'
import { doctor } from '../../cli/doctor.ts'

/** Everything that any test of this process had printed: searched for secrets at the end. */
export const printed: string[] = []

export interface Visit {
  readonly code: number
  readonly text: string
  readonly errors: string
}

/** Runs `keepwatch doctor` with these arguments. */
export async function call(...args: string[]): Promise<Visit> {
  let text = ''
  let errors = ''
  const code = await doctor.call(args, {
    out: (each) => void (text += each),
    err: (each) => void (errors += each),
    hasColours: false,
    columns: undefined,
    isWatched: false,
  })
  printed.push(text, errors)
  return { code, text, errors }
}

export interface Setting {
  readonly folder: string
  readonly clusters: readonly object[]
  readonly secrets?: Readonly<Record<string, unknown>>
}

/** Writes a configuration, and a secrets file where there are secrets; gives the arguments that name the first. */
export function configured({ folder, clusters, secrets }: Setting): string[] {
  const file = join(folder, 'keepwatch.json')
  writeFileSync(file, JSON.stringify({ clusters }))
  if (secrets !== undefined) {
    const secretsFile = join(folder, 'keepwatch.secrets.json')
    writeFileSync(secretsFile, JSON.stringify(secrets))
    chmodSync(secretsFile, 0o600)
  }
  return ['--config', file, '--timeout', '2']
}

export interface Examined extends Visit {
  readonly report: Report
  /** A check of the first feed. */
  readonly check: (name: CheckName) => Check
  /** Status of every check of the first feed. */
  readonly statuses: () => Readonly<Record<string, Check['status']>>
}

/** The same with `--json`, its answer held against the schema. */
export async function examined(setting: Setting, ...args: string[]): Promise<Examined> {
  const done = await call(...configured(setting), '--json', ...args)
  const report = ReportSchema.parse(JSON.parse(done.text))
  const checks = report.feeds[0]?.checks ?? []
  return {
    ...done,
    report,
    check: (name) => {
      const found = checks.find((check) => check.name === name)
      expect(found, name).toBeDefined()
      return found as Check
    },
    statuses: () => Object.fromEntries(checks.map(({ name, status }) => [name, status])),
  }
}

/** Every exact line that the check advises. */
export const linesOf = ({ advice = [] }: Check): string[] => advice.flatMap(({ lines = [] }) => lines)
