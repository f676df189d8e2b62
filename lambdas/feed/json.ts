/** Parses JSON of strangers: how deep it goes is known before anything is built of it. */

/** Deeper than any event of a broker. */
export const maxDepth = 16

export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly detail: string }

export type Messages =
  | { readonly ok: true; readonly messages: readonly unknown[] }
  | { readonly ok: false; readonly detail: string }

/** The messages of a body: one, a list, or one a line. A line that is no JSON costs itself: its text is the message. */
export function messagesIn(text: string, isLines: boolean): Messages {
  if (isLines) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    return { ok: true, messages: lines.map((line) => valueOf(parseJson(line)) ?? line) }
  }
  const parsed = parseJson(text)
  if (!parsed.ok) return parsed
  return { ok: true, messages: Array.isArray(parsed.value) ? parsed.value : [parsed.value] }
}

const valueOf = (parsed: Parsed): unknown => (parsed.ok ? parsed.value : undefined)

/** Parses a text; what is nested too deeply or is no JSON is refused with what is wrong. */
export function parseJson(text: string): Parsed {
  if (depthOf(text) > maxDepth) return { ok: false, detail: `the body is nested more than ${maxDepth} levels deep` }
  try {
    const value: unknown = JSON.parse(text)
    return { ok: true, value }
  } catch {
    return { ok: false, detail: 'the body is not JSON' }
  }
}

/** The deepest level of lists and objects; of what is no JSON, at least as deep as a parser would get. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (inText) {
      // What follows a backslash ends no text.
      if (character === '\\') index += 1
      else if (character === '"') inText = false
    } else if (character === '"') inText = true
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth -= 1
  }
  return deepest
}
