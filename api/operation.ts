/** What can be asked of the API is data: method and path, what it takes, what it answers. Functions, clients and OpenAPI are made of it. */
import * as z from 'zod/mini'

/** One thing that can be asked. `path` names its parameters as `:name`. */
export interface Operation<
  Params extends z.ZodMiniObject = z.ZodMiniObject,
  Query extends z.ZodMiniObject = z.ZodMiniObject,
  Body extends z.ZodMiniType = z.ZodMiniType,
  Result extends z.ZodMiniType = z.ZodMiniType,
> {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  readonly summary: string
  readonly params: Params
  readonly query: Query
  /** `noBody` where none is taken. */
  readonly body: Body
  readonly answer: Result
  /** Of lists: under which name the answer holds its rows. Such a list is told as CSV and JSON Lines too. */
  readonly rows?: string
}

export const noBody = z.undefined()
export const noQuery = z.strictObject({})
export const noParams = z.strictObject({})

/** What an operation answers, as JSON. */
export type AnswerOf<Asked extends Operation> = z.output<Asked['answer']>

/** What a caller gives: everything that travels in a path or a query is text. */
export interface InputOf<Asked extends Operation> {
  readonly params?: z.input<Asked['params']>
  readonly query?: z.input<Asked['query']>
  readonly body?: z.input<Asked['body']>
}

/** RFC 9457: what is answered instead. `parameter` names what was wrong in the request. */
export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  parameter: z.optional(z.string()),
})
