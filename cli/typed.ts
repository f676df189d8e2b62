/** A line of keepwatch that can be copied into a shell and means what it says, whatever a client is called. Pure. */
import { harmless } from '../domain/text.ts'

/** Longer ones fit no line; the API takes their digest. */
const longestArgument = 1000

/** Such as `keepwatch explain --cluster plant -- '-odd name'`; options that are undefined are left out. */
export function commandLine(
  name: string,
  argument?: string,
  options: Readonly<Record<string, string | true | undefined>> = {},
): string {
  const named = Object.entries(options).flatMap(([option, value]) => {
    if (value === undefined) return []
    return value === true ? [`--${option}`] : [`--${option}${value.startsWith('-') ? '=' : ' '}${quoted(value)}`]
  })
  if (argument === undefined) return ['keepwatch', name, ...named].join(' ')
  return ['keepwatch', name, ...named, ...(argument.startsWith('-') ? ['--'] : []), quoted(argument)].join(' ')
}

/** As POSIX shells read it: `'…'`, and `$'…'` where it holds what a terminal must not be shown. */
function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (harmless(text, longestArgument) === text) return `'${text.replaceAll("'", `'\\''`)}'`
  const escaped = text
    .slice(0, longestArgument)
    .replace(/[\\']/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0
      return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
    })
  return `$'${escaped}'`
}
