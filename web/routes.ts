/** Addresses and what they show. Pure; both ways are one table, so that a link always leads where it says. */
import { parametersOf, type Span, usual } from './span.ts'

export type Place =
  | { readonly page: 'fleet'; readonly cluster?: string }
  | { readonly page: 'broker'; readonly cluster: string; readonly broker: string }
  | { readonly page: 'client'; readonly cluster: string; readonly clientId: string }
  | { readonly page: 'alerts' }
  | { readonly page: 'alert'; readonly id: string }
  | { readonly page: 'nowhere' }

/** What the address shows. Never throws, whatever the address holds. */
export function placeOf(path: string, search: URLSearchParams): Place {
  const parts = partsOf(path)
  const [first, second, third, fourth] = parts ?? ['?']
  const length = parts?.length ?? 0
  if (length === 0 && parts !== undefined) {
    const cluster = search.get('cluster')
    return cluster === null ? { page: 'fleet' } : { page: 'fleet', cluster }
  }
  if (first === 'alerts' && length === 1) return { page: 'alerts' }
  if (first === 'alerts' && length === 2 && second !== undefined) return { page: 'alert', id: second }
  if (first !== 'clusters' || second === undefined) return { page: 'nowhere' }
  if (third === 'brokers' && fourth !== undefined && length === 4) {
    return { page: 'broker', cluster: second, broker: fourth }
  }
  const clientId = search.get('clientId')
  if (third === 'clients' && length === 3 && clientId !== null) return { page: 'client', cluster: second, clientId }
  return { page: 'nowhere' }
}

const lastDay: Span = { kind: 'last', minutes: 1440 }

/** What an address means that says no span: one client does little in an hour. */
export function usualSpanOf(place: Place): Span {
  return place.page === 'client' ? lastDay : usual
}

/** The address of a place in a span of time; `extra` are parameters of the page's own, such as filters. */
export function hrefOf(place: Place, span: Span, extra: Readonly<Record<string, string>> = {}): string {
  const own = place.page === 'client' ? { clientId: place.clientId } : {}
  const cluster = place.page === 'fleet' && place.cluster !== undefined ? { cluster: place.cluster } : {}
  const search = new URLSearchParams({
    ...cluster,
    ...own,
    ...parametersOf(span, usualSpanOf(place)),
    ...extra,
  }).toString()
  return search === '' ? pathOf(place) : `${pathOf(place)}?${search}`
}

function pathOf(place: Place): string {
  switch (place.page) {
    case 'broker':
      return `/clusters/${segment(place.cluster)}/brokers/${segment(place.broker)}`
    case 'client':
      return `/clusters/${segment(place.cluster)}/clients`
    case 'alerts':
      return '/alerts'
    case 'alert':
      return `/alerts/${segment(place.id)}`
    case 'fleet':
    case 'nowhere':
      return '/'
  }
}

/** Parts named `.` or `..` would be taken for a step in the path, and browsers do so with `%2e` too. */
function segment(text: string): string {
  const escaped = encodeURIComponent(text.toWellFormed())
  return /^\.{1,2}~*$/.test(escaped) ? `${escaped}~` : escaped
}

function partsOf(path: string): string[] | undefined {
  const trimmed = path.replace(/^\/|\/$/g, '')
  if (trimmed === '') return []
  try {
    return trimmed.split('/').map((part) => decodeURIComponent(/^\.{1,2}~+$/.test(part) ? part.slice(0, -1) : part))
  } catch {
    return undefined
  }
}
