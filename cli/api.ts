/** Asks the query API of a running system, by default the one on this machine. */
import * as z from 'zod/mini'
import { harmless } from '../domain/text.ts'

export const defaultUrl = 'http://127.0.0.1:4680'

const patienceMs = 30_000
const longestAnswer = 300

/** RFC 9457, as far as people are told of it. */
const ProblemSchema = z.object({ title: z.string(), detail: z.string() })

/** Is this an address at which the API may be asked? User names and passwords do not belong into it. */
export function isApiUrl(url: string): boolean {
  return /^https?:\/\/[^@]+$/.test(url) && URL.canParse(url)
}

/** One GET; gives its JSON, unchecked. Throws what a person can read. */
export async function askApi(url: string, path: string): Promise<unknown> {
  const where = `${url.replace(/\/$/, '')}${path}`
  let answer: Response
  let text: string
  try {
    answer = await fetch(where, { signal: AbortSignal.timeout(patienceMs) })
    text = await answer.text()
  } catch (error) {
    const { cause } = error instanceof Error ? error : { cause: undefined }
    const why = cause instanceof Error ? cause.message : error instanceof Error ? error.message : String(error)
    throw new Error(
      `${shown(where)} does not answer (${why}). Does the system run there? \`npm start\` starts it here.`,
      {
        cause: error,
      },
    )
  }
  if (!answer.ok) throw new Error(`${shown(where)} answered ${answer.status}: ${problemText(text)}`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${shown(where)} answered no JSON: is it Keepwatch that runs there?`, { cause: error })
  }
}

const shown = (where: string): string => harmless(where, longestAnswer)

function problemText(text: string): string {
  try {
    const { title, detail } = ProblemSchema.parse(JSON.parse(text))
    return harmless(`${title}: ${detail}`, longestAnswer)
  } catch {
    return harmless(text, longestAnswer)
  }
}
