/** An operation and what is given to it → the request to make. */
import type { InputOf, Operation } from './operation.ts'

/** Method, path with its query, and body, as they go over HTTP; the caller knows the origin. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** JSON. */
  readonly body?: string
}

const methods = { get: 'GET', post: 'POST', delete: 'DELETE' } as const

/**
 * The request for an operation. Nothing is checked: the API says what is wrong.
 * @throws Error when a parameter of the path is missing, which is a fault of the caller's code.
 */
export function requestOf<Asked extends Operation>(operation: Asked, input: InputOf<Asked> = {}): ApiRequest {
  const params = textsOf(input.params)
  const path = operation.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params.get(name)
    if (value === undefined) throw new Error(`${operation.path} needs ${name}`)
    return encodeURIComponent(value)
  })
  const query = new URLSearchParams([...textsOf(input.query)]).toString()
  return {
    method: methods[operation.method],
    path: query === '' ? path : `${path}?${query}`,
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
  }
}

/** What is absent is left out, so that callers may pass on what they were not given. */
function textsOf(values: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries(typeof values === 'object' && values !== null ? values : {})
  return new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])))
}
