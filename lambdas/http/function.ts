/** An application as a function behind an HTTP API (payload format 2.0). */
import type { Hono } from 'hono'
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda'

/** The function that answers as the application does. */
export function functionOf(app: Hono): (event: LambdaEvent, context?: LambdaContext) => Promise<object> {
  // All is text until it is compressed.
  const answer = handle(app, { isContentTypeBinary: () => false })
  return async (event, context) => answer(asItCame(event), context)
}

/**
 * API Gateway has decoded the path, and the application will: a `%` or `#` in a broker's name must outlive that. A body
 * means nothing where something is read, and a request with one cannot be made.
 */
function asItCame(event: LambdaEvent): LambdaEvent {
  if (!('rawPath' in event)) return event
  const rawPath = event.rawPath.toWellFormed().split('/').map(encodeURIComponent).join('/')
  const isRead = ['GET', 'HEAD'].includes(event.requestContext.http.method)
  return { ...event, rawPath, body: isRead ? null : event.body }
}
