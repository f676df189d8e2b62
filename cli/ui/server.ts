/** Serves the page on this machine, and passes what it asks on to a target: only to who bears the token of this start. */
import { problem } from '../../local/http-event.ts'
import { bodyOf } from '../../local/loopback.ts'
import type { PageFiles } from '../../local/page.ts'
import { type Asked, openSite, type Site } from '../../local/site.ts'
import type { Forward } from './forward.ts'

/** No act of the API needs more. */
const maxBodyBytes = 64 * 1024
const methods = ['GET', 'POST', 'DELETE']

export interface UiOptions {
  /** 0 chooses a free one. */
  readonly port: number
  readonly page: PageFiles
  readonly forward: Forward
}

/**
 * Listens on 127.0.0.1.
 * @throws StartError when the port cannot be used.
 */
export async function openUi({ port, page, forward }: UiOptions): Promise<Site> {
  return openSite({
    port,
    page,
    session: (hasToken) => ({ mode: 'ui', mayRead: hasToken, mayAct: hasToken }),
    answer: async (asked) => answer(asked, forward),
  })
}

async function answer({ request, method, hasToken }: Asked, forward: Forward) {
  if (!hasToken) {
    return problem(401, 'No token', 'Open the page by the link that keepwatch ui printed: it carries the token.', {
      'www-authenticate': 'Bearer',
    })
  }
  if (!methods.includes(method)) {
    return problem(405, 'Not allowed', `One of ${methods.join(', ')} is needed.`, { allow: methods.join(', ') })
  }
  const body = await bodyOf(request, maxBodyBytes)
  if (body === undefined) return problem(413, 'Too large', `A body may have ${maxBodyBytes} bytes.`)
  return forward({ method, target: request.url ?? '/', headers: request.headers, body: body.toString('utf8') })
}
