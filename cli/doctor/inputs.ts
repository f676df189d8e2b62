/** The configuration and the secrets file: read, checked, and told as checks. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FeedSettings, Settings } from '../../domain/settings.ts'
import { readSettings } from '../../local/inputs.ts'
import { readSecrets } from '../../local/secrets.ts'
import { type Credentials, createSecrets, type SecretOutcome } from '../../watcher/secrets.ts'
import { type Check, failed, ok } from './check.ts'

export type Inputs =
  | { readonly ok: true; readonly settings: Settings; readonly secrets: Vault; readonly checks: readonly Check[] }
  | { readonly ok: false; readonly checks: readonly Check[] }

/** What the secrets file holds: secret name → text. */
export interface Vault {
  readonly file: string
  readonly texts: ReadonlyMap<string, string>
}

/** Reads both files. Not ok where the configuration is wrong; a fault of the secrets file is a check that failed. */
export function readInputs(given: { readonly settingsFile: string; readonly secretsFile: string | undefined }): Inputs {
  const { settingsFile } = given
  const read = readSettings(settingsFile)
  if (!read.ok) {
    const [found = '', ...faults] = read.lines
    return {
      ok: false,
      checks: [failed('configuration', found, { advice: faults.map((text) => ({ text: text.trim() })) })],
    }
  }
  const { clusters } = read.settings
  const feeds = clusters.flatMap((cluster) => cluster.feeds)
  const configuration = ok('configuration', `${settingsFile}: ${count(clusters, 'cluster')}, ${count(feeds, 'feed')}`, {
    facts: { clusters: clusters.length, feeds: feeds.length },
  })
  const file = given.secretsFile ?? join(dirname(settingsFile), 'keepwatch.secrets.json')
  const wanted = secretNames(read.settings)
  if (given.secretsFile === undefined && wanted.length === 0 && !existsSync(file)) {
    return { ok: true, settings: read.settings, secrets: { file, texts: new Map() }, checks: [configuration] }
  }
  const { check, texts } = readVault(file, wanted)
  return { ok: true, settings: read.settings, secrets: { file, texts }, checks: [configuration, check] }
}

function readVault(file: string, wanted: readonly string[]): { check: Check; texts: ReadonlyMap<string, string> } {
  const outcome = readSecrets(file)
  if (!outcome.ok) {
    const form = { text: 'It is a JSON object, readable by you alone (chmod 600), of secret name → object:' }
    const lines = [`{ "${wanted[0] ?? 'plant/mqtt'}": { "username": "…", "password": "…" } }`]
    const advice = outcome.reason === 'open_to_others' ? [] : [{ ...form, lines }]
    return { check: failed('secrets', outcome.message, { advice }), texts: new Map() }
  }
  const texts = outcome.secrets
  const there = wanted.filter((name) => texts.has(name))
  const found = `${file} holds ${there.length} of the ${count(wanted, 'secret')} that the configuration names`
  const facts = { named: wanted.length, held: there.length }
  return {
    check: there.length < wanted.length ? failed('secrets', found, { facts }) : ok('secrets', found, { facts }),
    texts,
  }
}

function secretNames({ clusters }: Settings): string[] {
  const names = clusters.flatMap(({ feeds, webhook }) => [
    ...feeds.flatMap(({ secret, api }) => [secret, api?.secret]),
    webhook?.secret,
  ])
  return [...new Set(names.filter((name) => name !== undefined))]
}

function count(list: readonly unknown[], word: string): string {
  return `${list.length} ${word}${list.length === 1 ? '' : 's'}`
}

/** A secret, read and checked as the watcher does. No reason tells anything that it holds. */
export async function openSecret(name: string, { file, texts }: Vault): Promise<SecretOutcome> {
  const text = texts.get(name)
  if (text === undefined) return { ok: false, reason: `${file} does not hold "${name}"` }
  return createSecrets({ fetchSecret: async () => Promise.resolve(text), now: Date.now }).read(name, { fresh: true })
}

/** The credentials of a feed; undefined where they cannot be used. */
export async function checkSecret(
  { secret: name }: FeedSettings,
  vault: Vault,
): Promise<{ readonly check: Check; readonly credentials: Credentials | undefined }> {
  if (name === undefined) {
    return { check: ok('secret', 'none is named: the feed logs in without a password'), credentials: {} }
  }
  const outcome = await openSecret(name, vault)
  if (!outcome.ok) return { check: failed('secret', outcome.reason), credentials: undefined }
  const { credentials } = outcome
  const fields = Object.keys(credentials)
  return {
    check: ok('secret', `"${name}" gives ${fields.join(', ')}`, { facts: { secret: name, fields } }),
    credentials,
  }
}
