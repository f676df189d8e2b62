/** Compares the open sessions with the broker's own list of clients: once a link stands, and then once an hour. */
import type { EventDraft } from '../domain/event.ts'
import type { FeedSettings } from '../domain/feed.ts'
import type { ListedClient, OpenSessions } from '../domain/open-sessions.ts'
import { minuteMs, secondMs } from '../domain/time.ts'
import type { LogLine } from './log.ts'
import { type FetchRoster, type Roster, rosterOf } from './roster.ts'
import type { Secrets } from './secrets.ts'

export interface RosterCheckOptions {
  /** Name of the dialect: says how the broker is asked. */
  readonly dialect: string
  readonly settings: FeedSettings
  /** Name of the broker behind the feed. */
  readonly broker: string
  readonly slot: string
  readonly isOwn: (clientId: string) => boolean
  readonly secrets: Secrets
  readonly sessions: OpenSessions
  readonly inBrokerTime: (epochMs: number) => number
  /** Takes the ends that were concluded. */
  readonly ended: (ends: readonly EventDraft[]) => void
  readonly log: (line: LogLine) => void
  readonly now: () => number
}

export interface RosterCheck {
  /** A link stands: what ended before was not told to us. */
  readonly up: () => void
  /** The link is lost: what ends from now on is not told to us. */
  readonly down: () => void
  /** Does what is due. Call it about once a second. Resolves when that is done, and need not be waited for. */
  readonly tick: () => Promise<void>
  /** Why there is no comparison. */
  readonly problem: () => string | undefined
}

/** The broker first sends what it kept for us; the second watcher finds the same ends, which ingest then knows. */
const delaysMs: Readonly<Record<string, number>> = { a: 5 * secondMs, b: 15 * secondMs }
/** An end that is told while the list is on its way is better than one that we conclude. */
const patienceMs = 5 * secondMs
const againMs = 60 * minuteMs
const retryMs = 5 * minuteMs

const idle = (): void => undefined
const idleTick = async (): Promise<void> => Promise.resolve()

/** The comparison of one feed; it does nothing where the feed names no API. */
export function createRosterCheck(options: RosterCheckOptions): RosterCheck {
  const { dialect, settings, sessions, log, now } = options
  const { api } = settings
  const fetchRoster = rosterOf(dialect)
  const unused = `"api" is set, but a broker of the dialect ${dialect} cannot be asked for its clients: remove it`
  let problem: string | undefined
  if (api === undefined || fetchRoster === undefined) {
    return { up: idle, down: idle, tick: idleTick, problem: () => (api === undefined ? undefined : unused) }
  }
  let dueMs = Number.POSITIVE_INFINITY
  /** The link that stands, by its number; a list asked for on another one is too old. */
  let link = 0
  let asking = false
  let listed:
    | { readonly clients: readonly ListedClient[]; readonly askedAtMs: number; readonly useAtMs: number }
    | undefined

  function restart(atMs: number): void {
    link += 1
    listed = undefined
    dueMs = atMs
  }

  async function ask(fetcher: FetchRoster, { url, secret }: NonNullable<typeof api>): Promise<void> {
    const askedOn = link
    asking = true
    const fresh = problem !== undefined
    const read = secret === undefined ? undefined : await options.secrets.read(secret, { fresh })
    const askedAtMs = now()
    sessions.listing()
    const credentials = read?.ok === true ? read.credentials : {}
    const access = { url, credentials, connection: settings.connection }
    const roster: Roster = read?.ok === false ? read : await fetcher(access, { broker: options.broker })
    asking = false
    if (link !== askedOn) return
    dueMs = now() + (roster.ok ? againMs : retryMs)
    if (roster.ok) listed = { clients: roster.clients, askedAtMs, useAtMs: now() + patienceMs }
    if (!roster.ok && roster.reason !== problem) {
      log({ level: 'warn', message: 'the broker’s list of clients cannot be had', reason: roster.reason })
    }
    problem = roster.ok ? undefined : roster.reason
  }

  function compare({ clients, askedAtMs }: NonNullable<typeof listed>): void {
    const known = clients.map((client) => (options.isOwn(client.clientId) ? { ...client, own: true } : client))
    const atMs = Math.round(options.inBrokerTime(askedAtMs))
    const ends = sessions.clientsAre(known, { atMs, seenAtMs: askedAtMs })
    const counts = { listed: clients.length, endedUnseen: ends.length, open: sessions.size() }
    log({ level: 'info', message: 'compared with the broker’s list of clients', ...counts })
    options.ended(ends)
  }

  return {
    up: () => restart(now() + (delaysMs[options.slot] ?? 0)),
    down: () => restart(Number.POSITIVE_INFINITY),
    tick: async () => {
      if (listed !== undefined && now() >= listed.useAtMs) {
        const due = listed
        listed = undefined
        compare(due)
      }
      if (!asking && listed === undefined && now() >= dueMs) await ask(fetchRoster, api)
    },
    problem: () => problem,
  }
}
