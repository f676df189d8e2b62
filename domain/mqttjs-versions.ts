/** Versions of MQTT.js with known defects that end, hide or wedge connections; each with where it was shown. */

/** What is known of one defect. */
export interface Defect {
  readonly name: string
  /** The first version that has it; absent: all before `fixedIn`, as far as is known. */
  readonly since?: string
  /** The first version that is free of it; absent: no version is. */
  readonly fixedIn?: string
  /** Where it shows; absent: everywhere. */
  readonly only?: 'node' | 'browser'
  /** What happens to a client that has it. */
  readonly text: string
  /** Where it was reported or corrected. */
  readonly source: string
}

const repository = 'https://github.com/mqttjs/MQTT.js'

/** In the order in which they were corrected; last what no version is free of. */
export const defects = [
  {
    name: 'throttled_timers',
    fixedIn: '5.3.2',
    only: 'browser',
    text: 'pings hang on timers of the page, which browsers slow down to one a minute while it is hidden',
    source: `${repository}/pull/1753`,
  },
  {
    name: 'swallowed_socket_errors',
    fixedIn: '5.3.2',
    only: 'node',
    text: 'only a handful of socket errors are told; with any other the connection closes without a reason',
    source: `${repository}/pull/1752`,
  },
  {
    // The timer that the correction mends came with 5.3.2 (pull request 1753).
    name: 'reconnect_loop',
    since: '5.3.2',
    fixedIn: '5.3.5',
    text: 'after a loss of the network the ping timer lives on and closes every new connection, one keepalive apart',
    source: `${repository}/issues/1778`,
  },
  {
    name: 'silent_connack_timeout',
    fixedIn: '5.3.6',
    text: 'where CONNACK does not come in time the connection closes without an error',
    source: `${repository}/pull/1781`,
  },
  {
    name: 'silent_keepalive_timeout',
    fixedIn: '5.4.0',
    text: 'where PINGRESP does not come in time the connection closes without an error',
    source: `${repository}/pull/1798`,
  },
  {
    name: 'open_websocket',
    fixedIn: '5.5.0',
    only: 'browser',
    text: 'end(true) leaves the WebSocket open: the broker keeps the client until its keepalive is over',
    source: `${repository}/pull/1820`,
  },
  {
    // Reported of 5.3.4; it is in the same timer as `reconnect_loop`.
    name: 'double_ping_check',
    since: '5.3.2',
    fixedIn: '5.5.3',
    text: 'the check for PINGRESP may run twice at once and closes a connection that is well',
    source: `${repository}/pull/1848`,
  },
  {
    name: 'unnoticed_dead_link',
    fixedIn: '5.5.5',
    text: 'a client that publishes more often than its keepalive never notices that the link is dead',
    source: `${repository}/pull/1855`,
  },
  {
    name: 'receive_only_no_ping',
    since: '5.5.5',
    fixedIn: '5.5.6',
    text: 'each message received puts off the ping: who only receives never pings, and the broker ends it',
    source: `${repository}/issues/1861`,
  },
  {
    // Reported of 5.8.0; the counter that was not set back came with 5.6.0 (pull request 1865).
    name: 'no_reschedule_timeout',
    since: '5.6.0',
    fixedIn: '5.8.1',
    text: 'with reschedulePings: false it times out although PINGRESP came',
    source: `${repository}/issues/1903`,
  },
  {
    name: 'no_retry_option',
    fixedIn: '5.10.3',
    text: 'there is no option to connect again after a CONNACK that said no (reconnectOnConnackError)',
    source: `${repository}/pull/1948`,
  },
  {
    // Topic aliases are kept since 4.3.0 (pull request 1301).
    name: 'topic_alias_crash',
    since: '4.3.0',
    fixedIn: '5.16.0',
    text: 'a PUBLISH with a topic alias that was never agreed on (MQTT 5) ends the whole process with a TypeError',
    source: `${repository}/pull/2060`,
  },
  {
    name: 'open_after_malformed',
    text: 'after bytes that are no MQTT it tells an error but leaves the connection open',
    source: `${repository}/blob/v5.14.1/src/lib/client.ts`,
  },
  {
    name: 'open_after_disconnect',
    text: 'a DISCONNECT of the broker is told, but where the broker does not close the socket it stays open',
    source: `${repository}/blob/v5.14.1/src/lib/handlers/index.ts`,
  },
  {
    name: 'open_after_early_end',
    text: 'end() before CONNACK ends the client, but its socket lives on',
    source: `${repository}/issues/1186`,
  },
] as const satisfies readonly Defect[]
export type DefectName = (typeof defects)[number]['name']

/** The defects of a version such as `5.3.4`; undefined where it cannot be read. */
export function defectsOf(version: string): readonly Defect[] | undefined {
  const numbers = numbersOf(version)
  return numbers === undefined ? undefined : defects.filter((defect) => isIn(defect, numbers))
}

/** Does this version have that defect? Undefined where the version is not told or cannot be read. */
export function hasDefect(name: DefectName, version: string | undefined): boolean | undefined {
  return version === undefined ? undefined : defectsOf(version)?.some((defect) => defect.name === name)
}

/** The first version that is free of all of these that can be mended; undefined where none can. */
export function freeOf(found: readonly Defect[]): string | undefined {
  return found
    .flatMap(({ fixedIn }) => fixedIn ?? [])
    .toSorted(compareVersions)
    .at(-1)
}

/** Smaller than 0 where `a` is the older one. What cannot be read is the oldest. */
export function compareVersions(a: string, b: string): number {
  return compare(numbersOf(a) ?? [], numbersOf(b) ?? [])
}

function isIn({ since, fixedIn }: Defect, version: readonly number[]): boolean {
  const isLater = since === undefined || compare(version, numbersOf(since) ?? []) >= 0
  return isLater && (fixedIn === undefined || compare(version, numbersOf(fixedIn) ?? []) < 0)
}

/** `5.3.4`, `v5.3.4` or `5.3.4-beta.1`, which is taken for 5.3.4. */
function numbersOf(version: string): readonly number[] | undefined {
  const [, ...parts] = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+].*)?$/.exec(version.trim()) ?? []
  return parts.length === 0 ? undefined : parts.map(Number)
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let place = 0; place < 3; place += 1) {
    const difference = (a[place] ?? -1) - (b[place] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}
