/** Keys of webhooks, read by name at run time and kept for a minute; read again sooner when a request does not fit them. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod/mini'
import { minuteMs, secondMs } from '../../domain/time.ts'
import type { Keys } from './authenticate.ts'

const keptMs = minuteMs
/** Read again no sooner than this, whoever knocks how often: strangers must not make us ask Secrets Manager. */
const againMs = 5 * secondMs
/** What was read stays good this long while Secrets Manager does not answer. */
const staleMs = 15 * minuteMs
/** A shorter one could be guessed, or was typed by hand. */
const minimumCharacters = 20

const Texts = z._default(z.array(z.string()).check(z.maxLength(10)), [])
const SecretSchema = z.object({ token: z.optional(z.string()), tokens: Texts, hmacKeys: Texts })

/** Fetches the text of a secret; rejects where it cannot be read. */
export type FetchSecret = (name: string) => Promise<string>

export interface Keyring {
  /** Keys of a secret; undefined where they cannot be read. `fresh` asks for newer ones. Never rejects. */
  readonly read: (name: string, options: { readonly fresh: boolean }) => Promise<Keys | undefined>
}

interface Kept {
  readonly keys: Keys | undefined
  readonly readAtMs: number
  readonly triedAtMs: number
}

/** Keys read through `fetchSecret`. What is wrong with a secret is logged once each time it is read; never its contents. */
export function createKeyring(ports: {
  readonly fetchSecret: FetchSecret
  readonly log: { readonly error: (message: string, fields: Record<string, string>) => void }
  readonly now: () => number
}): Keyring {
  const kept = new Map<string, Kept>()

  async function fetched(name: string, known: Kept | undefined): Promise<Kept> {
    const triedAtMs = ports.now()
    try {
      const keys = keysIn(await ports.fetchSecret(name))
      for (const advice of adviceOn(keys)) ports.log.error(advice, { secret: name })
      return { keys: usable(keys), readAtMs: triedAtMs, triedAtMs }
    } catch (error) {
      // Only the kind of a fault: messages of services may quote what they were given.
      const fault = error instanceof Error ? error.name : 'unknown'
      ports.log.error('a secret cannot be read: does it exist, may this function read it?', { secret: name, fault })
      const isStale = known !== undefined && triedAtMs - known.readAtMs >= staleMs
      return { keys: isStale ? undefined : known?.keys, readAtMs: known?.readAtMs ?? triedAtMs, triedAtMs }
    }
  }
  return {
    read: async (name, { fresh }) => {
      const known = kept.get(name)
      const now = ports.now()
      const isOld = known === undefined || now - known.readAtMs >= keptMs || known.keys === undefined || fresh
      if (known !== undefined && (!isOld || now - known.triedAtMs < againMs)) return known.keys
      const found = await fetched(name, known)
      kept.set(name, found)
      return found.keys
    },
  }
}

function keysIn(text: string): Keys | undefined {
  const parsed = SecretSchema.safeParse(parseJson(text))
  if (!parsed.success) return undefined
  const { token, tokens, hmacKeys } = parsed.data
  return { tokens: token === undefined ? tokens : [token, ...tokens], hmacKeys }
}

const isLong = (text: string): boolean => text.length >= minimumCharacters

/** Keys that are long enough; a secret without any lets nobody in. */
function usable(keys: Keys | undefined): Keys {
  return { tokens: keys?.tokens.filter(isLong) ?? [], hmacKeys: keys?.hmacKeys.filter(isLong) ?? [] }
}

function adviceOn(keys: Keys | undefined): string[] {
  if (keys === undefined) return ['a secret is not a JSON object with "token", or the lists "tokens" or "hmacKeys"']
  const all = [...keys.tokens, ...keys.hmacKeys]
  if (all.length === 0) return ['a secret holds neither "token" nor "tokens" nor "hmacKeys": nobody can send events']
  const short = `a token or key shorter than ${minimumCharacters} characters is not used: make one with openssl rand -hex 32`
  return all.every(isLong) ? [] : [short]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads from AWS Secrets Manager, as the SDK's environment says where. */
export function secretsManager(
  client = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
  }),
): FetchSecret {
  return async (name) => {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: name }))
    return SecretString
  }
}
