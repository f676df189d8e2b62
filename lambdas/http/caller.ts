/** Who asks: API Gateway's authorizer says it, which lets nobody through unnamed; on one machine there is none. */
import * as z from 'zod/mini'

const AuthorizedSchema = z.object({
  event: z.object({
    requestContext: z.object({ authorizer: z.object({ iam: z.object({ userArn: z.string() }) }) }),
  }),
})

/** The caller's ARN out of what Hono's adapter hands on; `local` where no authorizer stands before the function. */
export function callerOf(environment: unknown): string {
  const authorized = AuthorizedSchema.safeParse(environment)
  return authorized.success ? authorized.data.event.requestContext.authorizer.iam.userArn : 'local'
}
