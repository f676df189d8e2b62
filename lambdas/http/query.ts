/** The query of a request: every name once, every escape whole, nothing that the operation does not take. */
import { harmless } from '../../domain/text.ts'
import { type Answer, badRequest } from './route.ts'

export type Query = Readonly<Record<string, string>>

/** The parameters of a query string (with its `?`), of which `known` are taken. */
export function queryOf(search: string, known: readonly string[]): Answer<Query> {
  const entries = [...new URLSearchParams(search)]
  for (const [index, [name]] of entries.entries()) {
    if (!known.includes(name)) return badRequest(harmless(name), 'there is no such parameter')
    if (entries.findIndex((each) => each[0] === name) < index) return badRequest(name, 'may be given once')
  }
  if (!isDecodable(search)) return badRequest('query', 'a percent sign must begin an escape of UTF-8, such as %20')
  return { ok: true, body: Object.fromEntries(entries) }
}

/** Otherwise replacement characters would ask for something else than was meant. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
