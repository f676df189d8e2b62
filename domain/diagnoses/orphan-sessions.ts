/** Clients ask the broker to keep their session, and come back with another id: nobody ever returns to it. */
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { firstFrom } from '../evidence/sorted.ts'
import { secondMs } from '../time.ts'
import { endedBadly, type Session } from '../evidence/two-views.ts'
import { isKept, type Pile, pilesOf } from '../evidence/left-behind.ts'
import { countText, namesText } from '../evidence/words.ts'

/** So soon after the end of one id the next comes from the same address. */
const soonMs = 60 * secondMs
const leastOrphans = 5
/** Of the sessions from the address that ended: a fleet behind one address comes back with the ids it had. */
const leastShare = 0.8

interface Place {
  readonly address: string
  readonly orphans: readonly Session[]
  readonly ended: number
  readonly ids: readonly string[]
}

export const orphanSessions: Explanation = {
  name: 'orphan_sessions',
  title: 'A new client id at every connect leaves sessions behind',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/116',
  needs:
    'of a broker or cluster: connects with client id, address and whether a clean session was asked for; and its number of sessions',
  recognise: (facts) => {
    if (facts.asked.subject.of === 'client') return undefined
    const found = placesOf(facts).toSorted((a, b) => b.orphans.length - a.orphans.length)
    const piles = pilesOf(facts).toSorted((a, b) => b.orphans.length - a.orphans.length)
    const [worst, pile] = [found[0], piles[0]]
    const all = [...new Set([...found, ...piles].flatMap(({ orphans }) => orphans))]
    if (all.length === 0) return undefined
    const present = all.flatMap(({ claim, begin }) => (claim.begin ?? begin)?.evidence?.sessionPresent ?? [])
    const ids = worst?.ids ?? all.map(({ clientId }) => clientId)
    const alike = likeOf(ids)
    return {
      fit: fitOf(worst, pile, alike) * (present.includes(true) ? 0.3 : 1),
      explains: explainedBy(facts, all),
      clients: ids,
      evidence: [
        ...(worst === undefined ? [] : [placeText(worst)]),
        ...(pile === undefined ? [] : [pileText(pile)]),
        ...(alike === undefined ? [] : [`The ids are alike: ${alike}.`]),
        'Each asked the broker to keep its session (clean session false), and none came back for it.',
        ...(present.length === 0
          ? []
          : [`Session present was answered ${present.filter(Boolean).length} of ${present.length} times.`]),
        ...(found.length > 1 ? [`${found.length} addresses do so; ${all.length} sessions were left behind.`] : []),
      ],
      remedy: [
        'Give the client an id of its own that stays, and it gets what it missed; or ask for a clean session (MQTT.js: clean: true).',
        'With MQTT 5 set a session expiry interval, such as 3600 s; on the broker limit how long sessions are kept.',
        `Remove the ${all.length} or more sessions that were left behind: each still collects messages.`,
      ],
    }
  },
}

/** Sessions alone pile up as well where new devices come, report once and sleep. */
function fitOf(place: Place | undefined, pile: Pile | undefined, alike: string | undefined): number {
  if (place !== undefined) return alike === undefined && pile === undefined ? 0.75 : 1
  const orphans = pile?.orphans ?? []
  const addresses = new Set(orphans.flatMap(({ peer }) => (peer === undefined ? [] : addressOf(peer))))
  return addresses.size > 0 && orphans.length >= leastOrphans * addresses.size ? 0.72 : 0.5
}

/** It ends no connection: against what others suffer it counts by how many sessions it left. */
function explainedBy({ toExplain }: Facts, orphans: readonly Session[]): number {
  const own = orphans.filter(endedBadly).length
  return Math.max(own, (toExplain * orphans.length) / Math.max(1, orphans.length + toExplain - own))
}

function placeText({ address, orphans, ids, ended }: Place): string {
  return `From ${namesText([address])} came ${countText(ids.length, 'client id')}, each but the last for one connection: ${orphans.length} of ${ended} that ended were followed within a minute by an id never seen before.`
}

function pileText({ broker, from, to, staying, orphans }: Pile): string {
  return `${broker} kept ${from} sessions, then ${to}, with ${staying <= 0 ? 'no' : `only ${staying}`} more clients connected; ${countText(orphans.length, 'id')} came for one connection and left.`
}

function placesOf({ clients }: Facts): Place[] {
  const all = [...clients.values()].flatMap(({ sessions }) => sessions)
  const kept = all.filter((session) => session.peer !== undefined && isKept(session))
  const byAddress = Map.groupBy(kept, ({ peer = '' }) => addressOf(peer))
  return [...byAddress].flatMap(([address, sessions]): Place[] => {
    if (sessions.length <= leastOrphans) return []
    const inOrder = sessions.toSorted((a, b) => (a.beganMs ?? 0) - (b.beganMs ?? 0))
    const byId = Map.groupBy(inOrder, ({ clientId }) => clientId)
    /** First begins of ids, oldest first. */
    const firsts = [...byId.values()].flatMap(([first]) => first?.beganMs ?? [])
    const ended = inOrder.filter(({ endedMs, endUntold = false }) => endedMs !== undefined && !endUntold)
    const orphans = ended.filter((session) => {
      const { endedMs = 0, clientId } = session
      if (byId.get(clientId)?.length !== 1) return false
      const next = firsts[firstFrom(firsts, endedMs, Number)]
      return next !== undefined && next - endedMs <= soonMs
    })
    // The last that ended may be followed after the span.
    if (orphans.length < leastOrphans || orphans.length < leastShare * (ended.length - 1)) return []
    return [{ address, orphans, ended: ended.length, ids: [...byId.keys()] }]
  })
}

/** What generated ids have in common: a beginning, or their length. */
function likeOf(ids: readonly string[]): string | undefined {
  const [first = ''] = ids
  let common = 0
  while (common < first.length && ids.every((id) => id[common] === first[common])) common += 1
  if (common >= 3) return `all begin with ${namesText([first.slice(0, common)])}`
  return first.length >= 8 && ids.every(({ length }) => length === first.length)
    ? `all have ${first.length} characters`
    : undefined
}
