/** Answers for AWS Secrets Manager out of a file that only its owner may read. */
import { readFileSync, statSync } from 'node:fs'
import { platform } from 'node:process'
import * as z from 'zod/mini'

const SecretsSchema = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.unknown())]))

export type SecretsOutcome =
  | { readonly ok: true; readonly secrets: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reason: 'missing' | 'open_to_others' | 'malformed'; readonly message: string }

/**
 * Reads the secrets file: a JSON object of secret name → text, or → object, given as the JSON that Secrets Manager would
 * hold. A file that others may read is refused with the command that mends it. No message tells a value.
 */
export function readSecrets(file: string): SecretsOutcome {
  let mode: number
  let content: string
  try {
    mode = statSync(file).mode & 0o777
    content = readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return { ok: false, reason: 'missing', message: `No secrets could be read from ${file} (${why}).` }
  }
  if (platform !== 'win32' && (mode & 0o077) !== 0) {
    const found = `0${mode.toString(8).padStart(3, '0')}`
    const message = `${file} can be read by others (mode ${found}). Type: chmod 600 '${file}'`
    return { ok: false, reason: 'open_to_others', message }
  }
  const parsed = SecretsSchema.safeParse(parseJson(content))
  if (!parsed.success) {
    const message = `${file} is not a JSON object of secret name → text or object.`
    return { ok: false, reason: 'malformed', message }
  }
  const entries = Object.entries(parsed.data)
  return {
    ok: true,
    secrets: new Map(
      entries.map(([name, secret]) => [name, typeof secret === 'string' ? secret : JSON.stringify(secret)]),
    ),
  }
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}
