/** What every server here shares: loopback only, no other web page's requests, bounded bodies. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { StartError } from './lifecycle.ts'

/**
 * Listens on 127.0.0.1; 0 chooses a free port. Gives the port.
 * @throws StartError when the port is in use or may not be used.
 */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((ready, failed) => {
    server.once('error', (error) => {
      const code = 'code' in error ? String(error.code) : error.message
      const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used (${code})`
      failed(new StartError(`Port ${port} of 127.0.0.1 ${why}. Choose another with --port N.`))
    })
    server.listen(port, '127.0.0.1', ready)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new StartError('The server got no TCP address.')
  return address.port
}

/**
 * Why a request is refused before anything reads it: a `Host` that is not ours (a foreign name that leads to this
 * machine), or the `Origin` of another web page. Undefined for one that may go on.
 */
export function refusalOf(request: Pick<IncomingMessage, 'headers'> & { readonly socket: { localPort?: number } }) {
  const { host, origin } = request.headers
  const ours = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${request.socket.localPort}`)
  if (host === undefined || !ours.includes(host.toLowerCase())) {
    return `Host must be one of ${ours.join(', ')}.`
  }
  if (origin !== undefined && origin !== `http://${host}`) return 'Requests of other origins are not answered.'
  return undefined
}

/**
 * Was this asked for by a page of another origin? Browsers say so of every request, of those too that carry no `Origin`,
 * such as an image; another port of this machine is the same site and yet not ours.
 */
export function isOfOtherPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** A token that nobody guesses. */
export function newToken(): string {
  return randomBytes(24).toString('base64url')
}

/** Does the request carry the token as `Authorization: Bearer …`? Takes the same time whatever a wrong one looks like. */
export function bears({ headers }: Pick<IncomingMessage, 'headers'>, token: string): boolean {
  const [scheme = '', ...rest] = (headers.authorization ?? '').split(' ')
  const given = Buffer.from(rest.join(' '))
  const wanted = Buffer.from(token)
  return scheme.toLowerCase() === 'bearer' && given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** Reads a request's body; undefined when it is larger than allowed. */
export async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
