/** Which system is asked: one on this machine, at an address, or deployed in a stack. */
import { readFileSync, statSync } from 'node:fs'
import process from 'node:process'
import { readAnnounced } from '../local/announced.ts'
import { Failure, WrongLine } from './fault.ts'
import type { Signer } from './sign.ts'

export const defaultUrl = 'http://127.0.0.1:4680'

export interface Target {
  /** Without a slash at its end. */
  readonly url: string
  /** Where there is one, every request is signed. */
  readonly sign: Signer | undefined
  /** For acting on a system of this machine; sent with every request, to this address alone. */
  readonly token: string | undefined
  /** What to do where nobody answers. */
  readonly hint: string
}

/** What `targetOptions` gave. */
export interface TargetValues {
  readonly url: string | undefined
  readonly stack: string | undefined
  readonly profile: string | undefined
  readonly region: string | undefined
  readonly sign: boolean
  readonly 'token-file': string | undefined
}

/** Is this an address at which the API may be asked? User names and passwords do not belong into it. */
export function isApiUrl(url: string): boolean {
  return /^https?:\/\/[^@\s?#]+$/.test(url) && URL.canParse(url)
}

/**
 * The system that the command line means: --url, --stack, $KEEPWATCH_URL, what runs in this folder, the default address.
 * @throws WrongLine, Failure
 */
export async function targetOf(values: TargetValues, folder: string = process.cwd()): Promise<Target> {
  const { url, stack, profile, region } = values
  if (url !== undefined && stack !== undefined) throw new WrongLine('--url and --stack exclude each other')
  const token = values['token-file'] === undefined ? undefined : readToken(values['token-file'])
  if (stack !== undefined) {
    if (token !== undefined)
      throw new WrongLine('--token-file is for a system on this machine; --stack is asked with AWS credentials')
    const [{ findStack }, { signer }] = [await import('./stack.ts'), await import('./sign.ts')]
    const found = await findStack(stack, { profile, region })
    return { url: found.url, sign: signer(found.signing), token: undefined, hint: hints.deployed }
  }
  const named = url ?? process.env['KEEPWATCH_URL']
  if (named === undefined) return localTarget(token, folder)
  if (!isApiUrl(named))
    throw new WrongLine(`${url === undefined ? 'KEEPWATCH_URL' : '--url'} needs a http:// or https:// URL`)
  return urlTarget(named.replace(/\/+$/, ''), { ...values, token, folder })
}

const hints = {
  local: 'Does the system run? `keepwatch start` (in a checkout: npm start) starts it here.',
  url: 'Does the system run there?',
  deployed: 'Is the network up, and the stack deployed?',
} as const

/** The address of the system on this machine, as far as this folder knows one. */
export function localUrl(folder: string = process.cwd()): string {
  const announced = readAnnounced(folder)
  return process.env['KEEPWATCH_URL'] ?? (announced.kind === 'found' ? announced.url : defaultUrl)
}

/** A file that others may read is refused when its token would be sent, as no question needs it. */
function localTarget(token: string | undefined, folder: string): Target {
  const announced = readAnnounced(folder)
  if (announced.kind !== 'found')
    return {
      url: defaultUrl,
      sign: undefined,
      token,
      hint: announced.kind === 'refused' ? announced.message : hints.local,
    }
  return { url: announced.url, sign: undefined, token: token ?? announced.token, hint: hints.local }
}

interface Place extends TargetValues {
  readonly token: string | undefined
  readonly folder: string
}

async function urlTarget(url: string, place: Place): Promise<Target> {
  const { hostname, protocol } = new URL(url)
  const [, ofApi] = /^[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname) ?? []
  const isLoopback = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname)
  if (place.sign || (ofApi !== undefined && protocol === 'https:')) {
    if (protocol !== 'https:' && !isLoopback) throw new WrongLine('--sign needs a https:// URL')
    if (place.token !== undefined) throw new WrongLine('--token-file and a signature exclude each other')
    const [{ findSigning }, { signer }] = [await import('./stack.ts'), await import('./sign.ts')]
    const signing = await findSigning({ profile: place.profile, region: place.region ?? ofApi })
    return { url, sign: signer(signing), token: undefined, hint: hints.deployed }
  }
  if (place.token !== undefined && protocol !== 'https:' && !isLoopback) {
    throw new WrongLine('--token-file: a token is not sent over http:// to another machine')
  }
  const announced = readAnnounced(place.folder)
  const own = announced.kind === 'found' && announced.url === url ? announced.token : undefined
  return { url, sign: undefined, token: place.token ?? own, hint: isLoopback ? hints.local : hints.url }
}

function readToken(file: string): string {
  try {
    const mode = statSync(file).mode & 0o777
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Failure(`${file} can be read by others (mode 0${mode.toString(8)}). Type: chmod 600 '${file}'`)
    }
    const token = readFileSync(file, 'utf8').trim()
    if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token
  } catch (error) {
    if (error instanceof Failure) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Failure(`--token-file ${file} cannot be read (${code}).`, { cause: error })
  }
  throw new Failure(`--token-file ${file} does not hold a token alone, in one line.`)
}
