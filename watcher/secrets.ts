/** Credentials of feeds: read by name at run time, checked, kept for five minutes, never shown. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod/mini'
import { minuteMs } from '../domain/time.ts'

const Text = z.optional(z.string())
const CredentialsSchema = z
  .object({ username: Text, password: Text, ca: Text, cert: Text, key: Text, passphrase: Text })
  .check(z.refine((fields) => Object.values(fields).some((value) => value !== undefined)))
export type Credentials = Readonly<z.infer<typeof CredentialsSchema>>

export type SecretOutcome =
  | { readonly ok: true; readonly credentials: Credentials }
  /** Why it cannot be used. Holds nothing of its contents. */
  | { readonly ok: false; readonly reason: string }

/** Fetches the text of a secret; rejects where it cannot be read. */
export type FetchSecret = (name: string) => Promise<string>

export interface Secrets {
  /** Reads a secret; `fresh` goes past what is kept, for a login that was refused. Never rejects. */
  readonly read: (name: string, options: { readonly fresh: boolean }) => Promise<SecretOutcome>
}

const keptMs = 5 * minuteMs

/** Secrets read through `fetchSecret` and kept for at most five minutes. */
export function createSecrets({ fetchSecret, now }: { fetchSecret: FetchSecret; now: () => number }): Secrets {
  const kept = new Map<string, { readonly credentials: Credentials; readonly readAtMs: number }>()
  return {
    read: async (name, { fresh }) => {
      const known = kept.get(name)
      if (!fresh && known && now() - known.readAtMs < keptMs) return { ok: true, credentials: known.credentials }
      const outcome = checked(name, await fetchSecret(name).catch(faultName))
      if (outcome.ok) kept.set(name, { credentials: outcome.credentials, readAtMs: now() })
      return outcome
    },
  }
}

function checked(name: string, text: string | { readonly fault: string }): SecretOutcome {
  if (typeof text !== 'string') {
    const reason = `the secret "${name}" cannot be read (${text.fault}): does it exist, may the watcher read it?`
    return { ok: false, reason }
  }
  const parsed = CredentialsSchema.safeParse(parseJson(text))
  if (parsed.success) return { ok: true, credentials: parsed.data }
  const form = 'a JSON object with any of the texts username, password, ca, cert, key, passphrase'
  return { ok: false, reason: `the secret "${name}" is not ${form}` }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Only the kind of a fault: messages of services may quote what they were given. */
function faultName(error: unknown): { readonly fault: string } {
  return { fault: error instanceof Error ? error.name : 'unknown fault' }
}

/** Reads from AWS Secrets Manager, as the SDK's environment says where. */
export function secretsManager(
  client = new SecretsManagerClient({ requestHandler: { requestTimeout: 10_000 } }),
): FetchSecret {
  return async (name) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }))
    if (SecretString === undefined) throw new NotTextError('the secret holds bytes, not text')
    return SecretString
  }
}

class NotTextError extends Error {
  override name = 'NotTextError'
}
