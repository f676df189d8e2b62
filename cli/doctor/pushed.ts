/** Clusters whose events are pushed: what can be looked at from here, and a line to try the rest with. */
import * as z from 'zod/mini'
import type { ClusterSettings } from '../../domain/settings.ts'
import { type Check, failed, ok, skipped } from './check.ts'
import type { Vault } from './inputs.ts'

const minimumCharacters = 20
const Texts = z._default(z.array(z.string()), [])
const WebhookSecretSchema = z.object({ token: z.optional(z.string()), tokens: Texts, hmacKeys: Texts })

export function checkWebhook({ name, webhook }: ClusterSettings, { file, texts }: Vault): Check[] {
  if (webhook === undefined) return []
  const secret = secretCheck(webhook.secret, texts.get(webhook.secret), file)
  const found = 'events are pushed to Keepwatch: that they come cannot be seen from here'
  const example = `{"type":"connected","clientId":"keepwatch-probe-1","broker":"test","at":'$(date +%s000)'}`
  const lines = [
    'curl -i -X POST \\',
    '  -H \'content-type: application/json\' -H "authorization: Bearer $TOKEN" \\',
    `  --data '${example}' \\`,
    `  "$API/v1/feeds/${name}"`,
  ]
  const text =
    'Try it (API: the stack’s output ApiUrl, on one machine http://127.0.0.1:4680; TOKEN: one of the secret). 200 is well:'
  return [secret, skipped('webhook', found, { advice: [{ text, lines }] })]
}

function secretCheck(name: string, text: string | undefined, file: string): Check {
  if (text === undefined) return failed('secret', `${file} does not hold "${name}", which "webhook" names`)
  const parsed = WebhookSecretSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    return failed('secret', `"${name}" is not a JSON object with "token", or the lists "tokens" or "hmacKeys"`)
  }
  const { token, tokens, hmacKeys } = parsed.data
  const all = [...(token === undefined ? [] : [token]), ...tokens, ...hmacKeys]
  const usable = all.filter((each) => each.length >= minimumCharacters).length
  const facts = { secret: name, usable, tooShort: all.length - usable }
  if (usable > 0 && usable === all.length)
    return ok('secret', `"${name}" holds ${usable} of tokens and keys`, { facts })
  const found = `${all.length - usable} of ${all.length} tokens and keys of "${name}" are shorter than ${minimumCharacters} characters: not used`
  const advice = [{ text: 'Make one:', lines: ['openssl rand -hex 32'] }]
  return failed('secret', all.length === 0 ? `"${name}" holds no token: nobody can send events` : found, {
    advice,
    facts,
  })
}

export function checkRule({ awsIotRule }: ClusterSettings): Check[] {
  if (awsIotRule !== true) return []
  const found =
    'a rule of AWS IoT Core brings the events: AWS checks it when it is deployed, and an alarm tells when it fails'
  return [skipped('rule', found)]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
