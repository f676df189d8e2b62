/** The 16 causes as they are shown: in families that share a hue, in one order everywhere. */
import { type Cause, causeNames, causes } from '../../domain/cause.ts'

/** Families in the order in which they are stacked, the harmless first; a family has one hue, its causes shades of it. */
export const families = [
  { name: 'asked for', causes: ['client_requested', 'server_redirect'] },
  { name: 'network', causes: ['network_eof', 'network_reset', 'tls_error'] },
  { name: 'timeout', causes: ['keepalive_timeout'] },
  { name: 'take-over', causes: ['session_taken_over'] },
  { name: 'server', causes: ['server_shutdown', 'server_error', 'kicked'] },
  { name: 'permission', causes: ['not_authorized', 'lifetime_expired'] },
  { name: 'protocol and limits', causes: ['protocol_error', 'packet_too_large', 'quota_exceeded'] },
  { name: 'not told', causes: ['unknown'] },
] as const satisfies readonly { readonly name: string; readonly causes: readonly Cause[] }[]

/** Every cause, family by family. */
export const shownCauses: readonly Cause[] = families.flatMap((family) => [...family.causes])

/** `keepalive timeout`. */
export function causeText(cause: Cause): string {
  return cause.replaceAll('_', ' ')
}

/** The custom property that holds its colour, such as `--cause-network-eof`. */
export function causeTone(cause: Cause): string {
  return `--cause-${cause.replaceAll('_', '-')}`
}

/** What it means, and whether it counts as abnormal. */
export function causeMeaning(cause: Cause): string {
  const { text, abnormal } = causes[cause]
  return `${text}${abnormal ? '' : ' (not abnormal)'}`
}

/** Text from an answer as a cause, where it is one. */
export function asCause(text: string | undefined): Cause | undefined {
  return causeNames.find((name) => name === text)
}
