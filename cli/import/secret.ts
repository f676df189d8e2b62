/** The file with the webhook's token or key → the headers that let a body in. */
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as z from 'zod/mini'
import { secondMs } from '../../domain/time.ts'

/** Headers for a body that is sent now. */
export type Sign = (body: string, nowMs: number) => Readonly<Record<string, string>>

const Secret = z.object({
  token: z.optional(z.string()),
  tokens: z.optional(z.array(z.string())),
  hmacKeys: z.optional(z.array(z.string())),
})

/** Reads it: a token alone, or the secret as the webhook has it. Throws what a person can read, never the contents. */
export async function readSecret(file: string): Promise<Sign> {
  const text = (await readFile(file, 'utf8')).trim()
  if (!text.startsWith('{')) return bearer(text, file)
  const { token, tokens = [], hmacKeys = [] } = parsed(text, file)
  const [key] = hmacKeys
  const first = token ?? tokens[0]
  if (first !== undefined) return bearer(first, file)
  if (key === undefined) {
    throw new Error(
      `${file} holds neither "token" nor "tokens" nor "hmacKeys": one secret is needed, not a file of several`,
    )
  }
  return (body, nowMs) => {
    const time = String(Math.floor(nowMs / secondMs))
    const signature = createHmac('sha256', key).update(`${time}.${body}`).digest('hex')
    return { 'x-keepwatch-timestamp': time, 'x-keepwatch-signature': `sha256=${signature}` }
  }
}

function bearer(token: string, file: string): Sign {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${file} holds no token: one word is needed`)
  return () => ({ authorization: `Bearer ${token}` })
}

function parsed(text: string, file: string): z.infer<typeof Secret> {
  try {
    return Secret.parse(JSON.parse(text))
  } catch {
    throw new Error(`${file} is no JSON with "token", "tokens" or "hmacKeys"`)
  }
}
