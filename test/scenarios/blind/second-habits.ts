/** What the stories of the second examiner share: devices that lose their connection again and again, and two with one id. */
import type { Cause } from '../../../domain/cause.ts'
import type { ClientCause } from '../../../domain/client-cause.ts'
import type { EventDraft } from '../../../domain/event.ts'
import type { Evidence } from '../actors.ts'
import type { createRecord, Device, Link } from './record.ts'
import { second } from './story.ts'

type Recorded = ReturnType<typeof createRecord>
interface Losing {
  readonly times: number
  readonly fromMs: number
  readonly ageMs: (index: number) => number
  /** Until it is back; without: a second. */
  readonly awayMs?: (index: number) => number
  /** As the broker knows it; without: the broker tells nothing at all. */
  readonly why?: Cause
  readonly more?: Partial<EventDraft>
  /** As the client knows it; without: the client tells nothing at all. */
  readonly sees?: ClientCause
  readonly seen?: (index: number) => Evidence & { code?: number }
}

/** A device loses its connection so many times and stands again at the end. Returns when that was. */
export function losing(r: Recorded, of: Device, told: Losing): number {
  const { times, fromMs, ageMs, awayMs = () => second, why, more, sees, seen = () => ({}) } = told
  let atMs = fromMs
  const begin = (): Link | undefined => {
    if (sees !== undefined) r.sawConnected(of, atMs)
    return why === undefined ? undefined : r.connect(of, atMs)
  }
  for (let index = 0; index < times; index += 1) {
    const link = begin()
    const endMs = atMs + ageMs(index)
    if (link !== undefined && why !== undefined) r.close(link, endMs, why, more)
    if (sees !== undefined) r.sawEnd(of, atMs, endMs + 12, sees, seen(index))
    atMs = endMs + awayMs(index)
  }
  begin()
  return atMs
}

/** Devices with one id put each other out in turn, so many times. Returns when the last came. */
export function fighting(
  r: Recorded,
  devices: readonly [Device, ...Device[]],
  { times, fromMs, everyMs }: { times: number; fromMs: number; everyMs: () => number },
): number {
  let atMs = fromMs
  let standing: Link | undefined
  for (let index = 0; index < times; index += 1) {
    const next = r.connect(devices[index % devices.length] ?? devices[0], atMs)
    if (standing !== undefined) r.close(standing, atMs + 2, 'session_taken_over')
    standing = next
    atMs += everyMs()
  }
  return atMs
}
