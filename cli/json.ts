/** JSON that may be shown anywhere: what could act on a terminal stands escaped, and a program reads back just what was there. Pure. */

/** What JSON itself leaves as it is; the rest of what `harmless` shows, it escapes. */
const harmful = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu

/** One document, for a program and for people. */
export const jsonDocument = (value: unknown): string => `${escaped(JSON.stringify(value, undefined, 2))}\n`

/** One line of JSON Lines. */
export const jsonLine = (value: unknown): string => `${escaped(JSON.stringify(value))}\n`

function escaped(json: string): string {
  return json.replace(harmful, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
