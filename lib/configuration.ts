/** Finds the configuration that a deployment is made of, and checks it before anything is synthesized. */
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Settings } from '../domain/settings.ts'
import { checkSettings, faultText } from '../domain/settings-check.ts'

/** A checked configuration. `text` is the file as given: that, not our reading of it, travels in the assets. */
export interface Configuration {
  readonly path: string
  readonly text: string
  readonly settings: Settings
}
export type ConfigurationOutcome =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly message: string }

/**
 * Reads `named` (relative to `root`), else `keepwatch.json` in `root`, else the example beside it.
 * A failure's message names every fault with its place, what was found and what would be right.
 */
export function readConfiguration(root: string, named: string | undefined): ConfigurationOutcome {
  const path = locate(root, named)
  const file = read(path)
  if (!file.ok) return file
  const outcome = checkSettings(file.value)
  if (outcome.ok) return { ok: true, configuration: { path, text: file.text, settings: outcome.settings } }
  const faults = outcome.faults.map((fault) => `  ${faultText(fault)}`)
  return { ok: false, message: `${path} cannot be used:\n${faults.join('\n')}` }
}

function locate(root: string, named: string | undefined): string {
  if (named !== undefined) return isAbsolute(named) ? named : join(root, named)
  const own = join(root, 'keepwatch.json')
  return existsSync(own) ? own : join(root, 'keepwatch.example.json')
}

type FileOutcome =
  | { readonly ok: true; readonly text: string; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

function read(path: string): FileOutcome {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return { ok: false, message: `${path} cannot be read (${reasonOf(error)}). Name another with -c config=PATH.` }
  }
  try {
    const value: unknown = JSON.parse(text)
    return { ok: true, text, value }
  } catch (error) {
    return { ok: false, message: `${path} is not JSON: ${reasonOf(error)}` }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
