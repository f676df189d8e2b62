/** A request's body: bounded, and JSON that says so. */
import type { HonoRequest } from 'hono'
import type { Answer } from './route.ts'

const maxBodyBytes = 64 * 1024

/** The body of a request, unchecked; `{}` where there is none. */
export async function bodyOf(request: HonoRequest): Promise<Answer<unknown>> {
  const bytes = await request.arrayBuffer()
  if (bytes.byteLength === 0) return { ok: true, body: {} }
  if (bytes.byteLength > maxBodyBytes) {
    const detail = `A body may have ${maxBodyBytes} bytes; this one has ${bytes.byteLength}.`
    return { ok: false, problem: { status: 413, title: 'Too large', detail } }
  }
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(request.header('content-type') ?? '')) {
    const detail = 'Send JSON, with Content-Type: application/json.'
    return { ok: false, problem: { status: 415, title: 'Not JSON', detail } }
  }
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return { ok: true, body }
  } catch {
    return { ok: false, problem: { status: 400, title: 'Not JSON', detail: 'The body is not JSON.' } }
  }
}
