/** Signs requests for AWS (Signature Version 4) with the credentials that every AWS tool would take. */
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** Whose name stands under a request; the credentials are asked for again when they run out. */
export interface Signing {
  readonly region: string
  readonly credentials: () => Promise<Credentials>
}

export interface SignableRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** Gives the headers with which a request is to be sent. Its URL must be one that `signable` gave. */
export type Signer = (request: SignableRequest) => Promise<Record<string, string>>

/** For API Gateway. `nowMs` stands for the clock in tests. */
export function signer({ region, credentials }: Signing, nowMs: () => number = Date.now): Signer {
  const v4 = new SignatureV4({
    service: 'execute-api',
    region,
    sha256: Sha256,
    credentials: async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = await credentials()
      return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
    },
  })
  return async ({ method, url, headers = {}, body }) => {
    const { protocol, hostname, port, host, pathname, searchParams } = new URL(url)
    const request = {
      method,
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: pathname,
      query: Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)])),
      headers: { ...headers, host },
      body,
    }
    return (await v4.sign(request, { signingDate: new Date(nowMs()) })).headers
  }
}

/** The URL as it is signed and sent: AWS takes `+` in a query for itself, not for a space. */
export function signable(url: string): string {
  const [before = '', query] = url.split('?', 2)
  return query === undefined ? before : `${before}?${query.replaceAll('+', '%20')}`
}
