/** Asks a running system by the operations of its API; what it answers is checked, what fails is told for people. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod/mini'
import { type AnswerOf, type InputOf, type Operation, ProblemSchema } from '../api/operation.ts'
import { type ApiRequest, requestOf } from '../api/request.ts'
import { secondMs } from '../domain/time.ts'
import { harmless } from '../domain/text.ts'
import { Failure, wordsOf } from './fault.ts'
import { signable } from './sign.ts'
import type { Target } from './target.ts'

const patienceMs = 30 * secondMs
const longestWaitMs = 10 * secondMs
const waitsMs = [500, 1000, 2000]
const longestShown = 300

/** What the API refused; `status` is HTTP's. */
export class Refused extends Failure {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/**
 * Asks, and checks the answer.
 * @throws Failure with where, what was found, and what to do
 */
export async function ask<Asked extends Operation>(
  target: Target,
  operation: Asked,
  input: InputOf<Asked> = {},
): Promise<AnswerOf<Asked>> {
  return checked(target, operation, await askJson(target, requestOf(operation, input)))
}

/** Every page of a list, following `next`; who has seen enough stops asking. */
export async function* askPages<Asked extends Operation>(
  target: Target,
  operation: Asked,
  input: InputOf<Asked> = {},
): AsyncGenerator<AnswerOf<Asked>> {
  const { query } = input
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const asked: InputOf<Operation> = cursor === '' ? input : { ...input, query: { ...query, cursor } }
    const found: unknown = await askJson(target, requestOf<Operation>(operation, asked))
    yield checked(target, operation, found)
    const { data } = NextSchema.safeParse(found)
    cursor = data?.next
  }
}

const NextSchema = z.object({ next: z.optional(z.string()) })

/** Asks; gives the JSON that came, unchecked. */
export async function askJson(target: Target, request: ApiRequest): Promise<unknown> {
  const text = await askText(target, request)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Failure(`${placeOf(target, request)} answered no JSON: is it Keepwatch that runs there?`, {
      cause: error,
    })
  }
}

/** Asks for another form (`accept`), such as text/csv; gives what came. */
export async function askText(target: Target, request: ApiRequest, accept = 'application/json'): Promise<string> {
  for (const waitMs of [...waitsMs, undefined]) {
    const { response, text } = await exchange(target, request, accept)
    if (response.ok) return text
    if (waitMs !== undefined && isPassing(response.status, request)) await sleep(waitFor(response) ?? waitMs)
    else throw refusal(target, { request, status: response.status, text })
  }
  throw new Error('unreachable')
}

/** One exchange, signed or with the token as the target has it. Where nobody answers, Failure. */
async function exchange(target: Target, request: ApiRequest, accept: string) {
  const { method, body } = request
  const url = signable(`${target.url}${request.path}`)
  const headers = { accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  try {
    const authority = target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }
    const sent =
      target.sign === undefined ? { ...headers, ...authority } : await target.sign({ method, url, headers, body })
    const { host: _, ...own } = sent
    const signal = AbortSignal.timeout(patienceMs)
    // A redirect would carry token or signature to wherever it leads.
    const response = await fetch(url, {
      method,
      headers: own,
      signal,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
    return { response, text: await response.text() }
  } catch (error) {
    if (error instanceof Failure) throw error
    const { cause } = error instanceof Error ? error : {}
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    const why = isLate ? `not within ${patienceMs / secondMs} s` : wordsOf(cause instanceof Error ? cause : error)
    throw new Failure(`${placeOf(target, request)} does not answer (${why}). ${target.hint}`, { cause: error })
  }
}

/** Asked again, it may go well; what acts is repeated only where it was not taken. */
const isPassing = (status: number, { method }: ApiRequest): boolean =>
  status === 429 || (method === 'GET' && [500, 502, 503, 504].includes(status))

function waitFor({ headers }: Response): number | undefined {
  const seconds = /^\d{1,4}$/.exec(headers.get('retry-after') ?? '')?.[0]
  return seconds === undefined ? undefined : Math.min(Number(seconds) * secondMs, longestWaitMs)
}

const placeOf = (target: Target, { path }: ApiRequest): string => harmless(`${target.url}${path}`, longestShown)

function refusal(
  target: Target,
  { request, status, text }: { request: ApiRequest; status: number; text: string },
): Refused {
  const says = `${placeOf(target, request)} answered ${status}: ${problemText(text)}`
  return new Refused(`${says}${adviceOf(target, status)}`, status)
}

function adviceOf({ sign, token }: Target, status: number): string {
  if (status === 401 || status === 403) {
    if (sign !== undefined)
      return ' Your AWS credentials do not allow it: execute-api:Invoke on this API is needed, or another --profile.'
    return token === undefined
      ? ' Acting needs the token: type it in the folder where the system was started, or name --token-file.'
      : ' The token is not the running system’s: is it the one of this folder?'
  }
  return status === 429 ? ' Too many ask at once: try again in a minute.' : ''
}

function problemText(text: string): string {
  const { data } = ProblemTextSchema.safeParse(parsed(text))
  return harmless(
    data === undefined ? text : 'title' in data ? `${data.title}: ${data.detail}` : data.message,
    longestShown,
  )
}

/** RFC 9457, as far as people are told of it; API Gateway has a form of its own. */
const ProblemTextSchema = z.union([
  z.pick(ProblemSchema, { title: true, detail: true }),
  z.object({ message: z.string() }),
])

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A newer system may tell more than this version knows: that is left out. */
function checked<Asked extends Operation>(target: Target, operation: Asked, found: unknown): AnswerOf<Asked> {
  const first = z.safeParse<Asked['answer']>(operation.answer, found)
  if (first.success) return first.data
  for (const issue of first.error.issues) if (issue.code === 'unrecognized_keys') strip(found, issue)
  const again = z.safeParse<Asked['answer']>(operation.answer, found)
  if (again.success) return again.data
  const [issue] = again.error.issues
  const what = `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`
  throw new Failure(
    `${harmless(target.url)} answered ${operation.path} in a form that this version does not know (${harmless(what)}): is its version another?`,
  )
}

function strip(found: unknown, { path, keys }: z.core.$ZodIssueUnrecognizedKeys): void {
  let place: unknown = found
  for (const step of path) place = isObject(place) ? place[String(step)] : undefined
  if (isObject(place)) for (const key of keys) delete place[key]
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
