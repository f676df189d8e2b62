/** Which of several is wanted: Accept and Accept-Encoding with their weights (RFC 9110 §12.5). */
import { parseAccept } from 'hono/utils/accept'

/**
 * The media type that is wanted most; undefined when none of them is. Where several are wanted alike, the one that was
 * named most exactly, else the first of those offered.
 */
export function chooseMediaType(header: string | undefined, offered: readonly string[]): string | undefined {
  const ranges = rangesOf(header)
  if (ranges.length === 0) return offered[0]
  const wanted = offered.flatMap((mediaType) => {
    const [nearest] = ranges
      .map(({ type, q }) => ({ mediaType, q, exactness: exactnessOf(type, mediaType) }))
      .filter(({ exactness }) => exactness > 0)
      .toSorted((a, b) => b.exactness - a.exactness)
    return nearest === undefined || nearest.q === 0 ? [] : [nearest]
  })
  return wanted.toSorted((a, b) => b.q - a.q || b.exactness - a.exactness)[0]?.mediaType
}

/** 3 for the type itself, 2 for `text/*`, 1 for anything, 0 for another one. */
function exactnessOf(range: string, mediaType: string): number {
  if (range === mediaType) return 3
  if (range === `${mediaType.split('/')[0]}/*`) return 2
  return range === '*/*' || range === '*' ? 1 : 0
}

/** The encoding that is wanted most; undefined where the bytes are wanted as they are, or nothing was said. */
export function chooseEncoding<Encoding extends string>(
  header: string | undefined,
  offered: readonly Encoding[],
): Encoding | undefined {
  const ranges = rangesOf(header)
  const weightOf = (name: string) => ranges.find(({ type }) => type === name)?.q
  const [best] = offered
    .map((encoding) => ({ encoding, q: weightOf(encoding) ?? weightOf('*') ?? 0 }))
    .toSorted((a, b) => b.q - a.q)
  return best === undefined || best.q === 0 || best.q < (weightOf('identity') ?? 0) ? undefined : best.encoding
}

function rangesOf(header = ''): { type: string; q: number }[] {
  return parseAccept(header).map(({ type, q }) => ({ type: type.toLowerCase(), q }))
}
