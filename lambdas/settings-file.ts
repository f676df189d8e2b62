/** Reads the configuration that travels inside a function's asset. */
import { readFileSync } from 'node:fs'
import { checkSettings, faultText } from '../domain/settings-check.ts'
import type { Settings } from '../domain/settings.ts'

/** Settings from a file beside the bundle; throws when it is not the checked file that was deployed. */
export function readSettings(file: string, bundleUrl: string): Settings {
  const outcome = checkSettings(JSON.parse(readFileSync(new URL(file, bundleUrl), 'utf8')))
  if (outcome.ok) return outcome.settings
  const faults = outcome.faults.map(faultText).join('; ')
  throw new Error(`The deployed ${file} is not valid (${faults}). Deploy again with a valid configuration.`)
}
