/** Where the system of a folder answers, and the token for acting on it: a file that only its owner may read. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import * as z from 'zod/mini'

/** The token belongs to this address: another one must never get it. */
export interface Announced {
  readonly url: string
  readonly token: string
}

export type AnnouncedOutcome =
  | ({ readonly kind: 'found' } & Announced)
  /** Nothing runs here, as far as is known. */
  | { readonly kind: 'none' }
  /** Others may read or may have written it, or it is no such file. */
  | { readonly kind: 'refused'; readonly message: string }

const AnnouncedSchema = z.object({
  url: z.string().check(z.regex(/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/)),
  token: z.string().check(z.regex(/^[\x21-\x7e]{16,512}$/)),
  process: z.number(),
})

const fileOf = (folder: string): string => join(folder, '.keepwatch', 'local.json')

/** Leaves it in the folder that the system was started in. */
export function announce({ url, token }: Announced, folder: string): void {
  const file = fileOf(folder)
  mkdirSync(join(folder, '.keepwatch'), { recursive: true })
  // Written beside and renamed: it is never there with the wrong mode, nor half.
  const draft = `${file}.${process.pid}`
  rmSync(draft, { force: true })
  writeFileSync(draft, `${JSON.stringify({ url, token, process: process.pid })}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(draft, file)
}

/** What a system in this folder announced; whether it still runs is not known. No message tells the token. */
export function readAnnounced(folder: string): AnnouncedOutcome {
  const file = fileOf(folder)
  let content: string
  try {
    const fault = faultOf(file)
    if (fault !== undefined) return { kind: 'refused', message: `${file} ${fault}` }
    content = readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'none' }
    return { kind: 'refused', message: `${file} cannot be read (${code}).` }
  }
  const parsed = AnnouncedSchema.safeParse(parseJson(content))
  if (parsed.success) return { kind: 'found', url: parsed.data.url, token: parsed.data.token }
  return { kind: 'refused', message: `${file} is not what a running system leaves. Remove it, and start it again.` }
}

/** Removes it, if it is this process's own: another system may have started in the folder since. */
export function withdraw(folder: string): void {
  try {
    const parsed = AnnouncedSchema.safeParse(parseJson(readFileSync(fileOf(folder), 'utf8')))
    if (parsed.success && parsed.data.process === process.pid) rmSync(fileOf(folder), { force: true })
  } catch {
    // Gone already.
  }
}

/** Windows has no such modes; the folder of a user is its own there. */
function faultOf(file: string): string | undefined {
  const { mode, uid } = statSync(file)
  if (process.platform === 'win32') return undefined
  if (uid !== process.getuid?.()) return 'belongs to another user: it is not taken as ours.'
  const bits = mode & 0o777
  if ((bits & 0o077) === 0) return undefined
  return `can be read by others (mode 0${bits.toString(8)}). Start the system again: it makes a new token.`
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}
