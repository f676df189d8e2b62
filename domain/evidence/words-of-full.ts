/** What brokers say where no more connections are let in: of the attempts and ends that came with such words. */
import type { Event } from '../event.ts'
import type { Facts } from '../facts.ts'

/**
 * A limit of connections, by whatever name: mosquitto says `max_connections exceeded`, others name a quota or a licence.
 * Codes 0x97 and 0x9F alone are about messages and rates as well.
 */
const words =
  /max[_ ]?(connections|clients|sessions)|(too many|(maximum|max\.?)( allowed)?( number of)?|limit (of|on)( the)?( number of)?)( open| concurrent| active)? (connections|clients|sessions)|(connections?|clients?|sessions?) (count )?(limit|quota)|licen[cs]e[ _]?(limit|quota|exceeded|is exceeded)|licen[cs]e.{0,30}(connections|clients|sessions)|too many open files/i
/** How fast they come, or that one id is there already, is another matter. */
const otherWords = /rate|per second|already connected|expired/i

/** At one broker. */
export interface SaidFull {
  readonly count: number
  /** The words of most, as they came. */
  readonly text: string
}

/** Attempts and ends for which a broker said that it is full; by broker. */
export function saidFullBy({ attempts, bad }: Facts): ReadonlyMap<string, SaidFull> {
  const said = [
    ...attempts.flatMap(({ broker, told, claim }) => wordsOf(broker, [told, claim])),
    ...bad.flatMap(({ broker, end, claim }) => wordsOf(broker, [end, claim.end])),
  ]
  const found = [...Map.groupBy(said, ({ broker }) => broker)].map(([broker, own]): [string, SaidFull] => {
    const [[text] = ['']] = [...Map.groupBy(own, (each) => each.text)].toSorted(([, a], [, b]) => b.length - a.length)
    return [broker, { count: own.length, text }]
  })
  return new Map(found)
}

function wordsOf(broker: string, events: readonly (Event | undefined)[]): { broker: string; text: string }[] {
  const text = events
    .flatMap((event) => event?.reason ?? [])
    .find((reason) => words.test(reason) && !otherWords.test(reason))
  return text === undefined ? [] : [{ broker, text }]
}
