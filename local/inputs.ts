/** Checks what the user gave before anything is started: the configuration, and the secrets file where one is needed. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { checkSettings, faultText, type SettingsOutcome } from '../domain/settings-check.ts'
import type { Settings } from '../domain/settings.ts'
import { readSecrets } from './secrets.ts'

export type InputsOutcome =
  | { readonly ok: true; readonly secretsFile: string; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly lines: readonly string[] }

/**
 * Reads the configuration and the secrets file. On failure, a line for each fault: where, what was found, what would be
 * right. A secret that the configuration names and the file lacks is a warning: it may still be added while running.
 */
export function checkInputs(given: {
  readonly settingsFile: string
  readonly secretsFile: string | undefined
}): InputsOutcome {
  const { settingsFile } = given
  const read = readSettings(settingsFile)
  if (!read.ok) return read
  const secretsFile = resolve(given.secretsFile ?? join(dirname(settingsFile), 'keepwatch.secrets.json'))
  if (given.secretsFile === undefined && !existsSync(secretsFile)) {
    return { ok: true, secretsFile, warnings: missing(read.settings, new Set(), secretsFile) }
  }
  const secrets = readSecrets(secretsFile)
  if (!secrets.ok) return { ok: false, lines: [secrets.message] }
  return { ok: true, secretsFile, warnings: missing(read.settings, new Set(secrets.secrets.keys()), secretsFile) }
}

/** Reads and checks the configuration, by default as one to watch with. On failure, a line for each fault. */
export function readSettings(
  file: string,
  check: (value: unknown) => SettingsOutcome = checkSettings,
): { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly lines: readonly string[] } {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    return { ok: false, lines: [`The configuration ${file} cannot be read: ${found}`] }
  }
  const outcome = check(value)
  if (outcome.ok) return outcome
  const faults = outcome.faults.map((fault) => `  ${faultText(fault)}`)
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  return { ok: false, lines: [`The configuration ${file} has ${count}:`, ...faults] }
}

function missing(settings: Settings, known: ReadonlySet<string>, file: string): string[] {
  const secrets = settings.clusters.flatMap(({ feeds, webhook }) => [
    ...feeds.flatMap(({ secret, api }) => [secret, api?.secret]),
    webhook?.secret,
  ])
  return [...new Set(secrets.filter((name) => name !== undefined))]
    .filter((name) => !known.has(name))
    .map((name) => `The secret "${name}" is named in the configuration, but ${file} does not hold it.`)
}
