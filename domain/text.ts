/** Client ids, user names and reasons hold any characters; this shows them without letting them act. */

const harmful = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu

/**
 * Makes untrusted text safe to show in a terminal, a log, a mail subject or a chat: control and format characters,
 * bidirectional marks, line breaks and lone surrogates become visible escapes such as `\u{202e}`; longer than
 * `maxCharacters` is cut with `…`.
 */
export function harmless(text: string, maxCharacters = 200): string {
  const shown = text
    .slice(0, maxCharacters * 2)
    .replace(harmful, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
  return shown.length > maxCharacters ? `${shown.slice(0, maxCharacters - 1)}…` : shown
}
