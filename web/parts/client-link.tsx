/** A client's id as a link to its page. */
import { useEffect, useState } from 'preact/hooks'
import { useAddress } from '../context.tsx'
import { hrefOf } from '../routes.ts'
import type { Span } from '../span.ts'
import { Shown, shown } from './shown.tsx'

/** Longer than this in UTF-8, an address holds the digest instead, which the API takes as well. */
const longestBytes = 1024

/** `span`: the time that the link leads to, where it is another than the one shown. */
export function ClientLink({
  cluster,
  clientId,
  most = 60,
  span,
}: {
  cluster: string
  clientId: string
  most?: number
  span?: Span
}) {
  const { href } = useAddress()
  const [reference, setReference] = useState(clientId.length > longestBytes ? undefined : clientId)
  useEffect(() => {
    let current = true
    void referenceOf(clientId).then((found) => current && setReference(found))
    return () => {
      current = false
    }
  }, [clientId])
  const text = <Shown text={clientId} most={most} whole={false} />
  if (reference === undefined) return text
  const place = { page: 'client', cluster, clientId: reference } as const
  return (
    <a href={span === undefined ? href(place) : hrefOf(place, span)} title={shown(clientId, 500)}>
      {text}
    </a>
  )
}

/** The id, or `sha256:…` for one that is too long to travel in an address. */
export async function referenceOf(clientId: string): Promise<string> {
  const bytes = new TextEncoder().encode(clientId)
  if (bytes.length <= longestBytes) return clientId
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return `sha256:${[...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
