/** Which causes a fleet's usual disconnects have. */
import { type Cause, causeNames } from '../../domain/cause.ts'
import type { Random } from './random.ts'

export type CauseMix = readonly { readonly cause: Cause; readonly share: number }[]

/** Goodbyes are 20 to 50 %, most others are networks that fail. The most usual comes first. */
export function causeMix(random: Random): CauseMix {
  const requested = random.between(0.2, 0.5)
  const others: [Cause, number][] = [
    ['network_eof', random.between(0.4, 1)],
    ['keepalive_timeout', random.between(0.25, 0.8)],
    ['network_reset', random.between(0.05, 0.3)],
    ['session_taken_over', random.between(0.01, 0.08)],
    ['protocol_error', random.between(0, 0.02)],
    ['not_authorized', random.between(0, 0.02)],
    ['tls_error', random.between(0, 0.03)],
    ['unknown', random.between(0, 0.03)],
  ]
  const sum = others.reduce((all, [, part]) => all + part, 0)
  return [
    { cause: 'client_requested' as const, share: requested },
    ...others.map(([cause, part]) => ({ cause, share: (part / sum) * (1 - requested) })),
  ].toSorted((a, b) => b.share - a.share)
}

/** Splits a count over the causes by chance. */
export function causeSplitter(mix: CauseMix, random: Random) {
  const indices = mix.map(({ cause }) => causeNames.indexOf(cause))
  const shares = mix.map(({ share }) => share)
  const drawn = new Int32Array(mix.length)
  return (total: number, add: (cause: number, count: number) => void): void => {
    if (total > 12) {
      let left = total
      let share = 1
      for (let n = 0; n < shares.length && left > 0; n += 1) {
        const part = shares[n] ?? 0
        const count = n === shares.length - 1 ? left : random.binomial(left, Math.min(1, part / share))
        left -= count
        share -= part
        if (count > 0) add(indices[n] ?? 0, count)
      }
      return
    }
    drawn.fill(0)
    for (let each = 0; each < total; each += 1) {
      let at = random.next()
      let n = 0
      while (n < shares.length - 1 && at >= (shares[n] ?? 0)) {
        at -= shares[n] ?? 0
        n += 1
      }
      drawn[n] = (drawn[n] ?? 0) + 1
    }
    for (let n = 0; n < drawn.length; n += 1) if ((drawn[n] ?? 0) > 0) add(indices[n] ?? 0, drawn[n] ?? 0)
  }
}
