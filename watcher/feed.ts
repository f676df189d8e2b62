/** One feed: link after link to one endpoint, for as long as the watcher lives; knows what was seen and what was not. */
import type { FeedReport, Gap, Sample } from '../domain/batch.ts'
import type { Dialect } from '../domain/dialect.ts'
import type { Event } from '../domain/event.ts'
import type { FeedSettings } from '../domain/feed.ts'
import { harmless } from '../domain/text.ts'
import { instant, minuteMs, secondMs } from '../domain/time.ts'
import { backoffMs, pause } from './backoff.ts'
import type { Ending } from './ending.ts'
import { createGauges } from './gauges.ts'
import { judgeGrants } from './grants.ts'
import { type Link, openLink } from './link.ts'
import type { Log } from './log.ts'
import { createReader } from './reader.ts'
import type { Secrets } from './secrets.ts'

/** Which feed of which cluster. */
export interface FeedName {
  readonly cluster: string
  readonly feed: string
}

/** Where a feed's findings go. All of these return at once. */
export interface FeedOutput {
  readonly event: (event: Event, from: FeedName) => void
  readonly sample: (sample: Sample) => void
  readonly gap: (gap: Gap) => void
  /** What the feed says of itself at a moment that matters: a link that was just lost. */
  readonly report: (report: FeedReport) => void
  /** The feed's state changed: ship soon. */
  readonly changed: () => void
}

export interface FeedOptions {
  readonly name: FeedName
  readonly settings: FeedSettings
  readonly dialect: Dialect
  readonly slot: string
  /** MQTT client id with the slot. */
  readonly clientId: string
  readonly isOwn: (clientId: string) => boolean
  readonly secrets: Secrets
  readonly output: FeedOutput
  readonly log: Log
  readonly now: () => number
  readonly random: () => number
}

export interface Feed {
  readonly name: FeedName
  readonly report: () => FeedReport
  /** A minute began: tells the figures in force and asks the broker for a sign of life. Epoch milliseconds. */
  readonly minute: (startMs: number) => void
  /** Events up to then were dropped unsent: nothing before it counts as seen. Epoch milliseconds, broker's time. */
  readonly lost: (untilMs: number) => void
  /** Says goodbye to the broker and ends. */
  readonly stop: () => Promise<void>
}

/** A link that lasted so long was a good one: the next wait starts from the base again. */
const stableMs = 30 * secondMs
/** After a resumed session the broker first sends what it kept: such stamps tell nothing of its clock. */
const backlogMs = 5 * secondMs

/** Starts a feed; it tries for ever and says what it finds. */
export function startFeed(options: FeedOptions): Feed {
  const { name, settings, dialect, output, now } = options
  const { connection } = settings
  const stopping = new AbortController()
  const reader = createReader(dialect, {
    cluster: name.cluster,
    broker: settings.broker ?? name.feed,
    isOwn: options.isOwn,
  })
  const gauges = createGauges(dialect.scope)
  const startedMs = now()
  let workingLevel: 4 | 5 | undefined = connection.protocolVersion
  let level: 4 | 5 | undefined
  let link: Link | undefined
  let state: { up: boolean; sinceMs: number; problems: readonly string[] } = {
    up: false,
    sinceMs: startedMs,
    problems: ['not connected yet'],
  }
  let seen: { fromMs: number; untilMs: number } | undefined
  let blind: { fromMs: number; words: string } | undefined
  let said = { words: '', atMs: 0 }
  let failures = 0
  let loginRefused = false
  let clockProblem: string | undefined

  const log = (line: Parameters<Log>[0]) => options.log({ cluster: name.cluster, feed: name.feed, ...line })
  const standing = connection.rejectUnauthorized
    ? []
    : ['rejectUnauthorized is false: the broker’s certificate is not verified, anybody could pose as it']

  function report(): FeedReport {
    const problems = [...state.problems, ...standing, ...(clockProblem ? [clockProblem] : [])]
    const offset = reader.clock.offsetMs()
    return {
      cluster: name.cluster,
      feed: name.feed,
      brokers: dialect.scope === 'broker' && settings.broker !== undefined ? [settings.broker] : [],
      state: state.up ? 'up' : 'down',
      since: instant(state.sinceMs),
      ...(problems.length > 0 ? { problem: harmless(problems.join('; '), 500) } : {}),
      ...(seen && seen.untilMs >= seen.fromMs
        ? {
            seenFrom: instant(reader.clock.inBrokerTime(seen.fromMs)),
            seenUntil: instant(reader.clock.inBrokerTime(seen.untilMs)),
          }
        : {}),
      ...(offset === undefined ? {} : { clockOffsetMs: offset }),
      ...(level === undefined ? {} : { protocol: level }),
      rejected: reader.rejections.counts(),
      rejectionSamples: reader.rejections.samples(),
    }
  }

  function down(words: string): void {
    const atMs = now()
    blind ??= { fromMs: seen?.untilMs ?? startedMs, words }
    const wasUp = state.up
    if (wasUp || said.words !== words || atMs - said.atMs >= minuteMs) {
      log({ level: 'error', message: 'feed is down and tries again', reason: words, attempts: failures + 1 })
      said = { words, atMs }
    }
    state = { up: false, sinceMs: wasUp ? atMs : state.sinceMs, problems: [words] }
    // The last of what this link saw goes out now: the next link may be up before the next departure.
    if (wasUp) output.report(report())
    seen = undefined
    gauges.clear()
    output.changed()
  }

  function up(atMs: number, notes: readonly string[]): void {
    state = { up: true, sinceMs: atMs, problems: notes }
    seen = { fromMs: atMs, untilMs: atMs }
    said = { words: '', atMs: 0 }
    loginRefused = false
    log({ level: 'info', message: 'feed is up', url: settings.url, protocol: level, clientId: options.clientId })
    for (const note of notes) log({ level: 'warn', message: 'feed is up, but something is missing', reason: note })
    if (blind) {
      const { fromMs, words } = blind
      output.gap({
        cluster: name.cluster,
        feed: name.feed,
        watcher: options.slot,
        from: instant(reader.clock.inBrokerTime(fromMs)),
        until: instant(reader.clock.inBrokerTime(atMs)),
        reason: harmless(words, 500),
      })
      blind = undefined
    }
    output.changed()
  }

  function sayClock(): void {
    const problem = reader.clock.problem()
    if (problem !== undefined && clockProblem === undefined) log({ level: 'warn', message: problem })
    clockProblem = problem
  }

  /** One link's whole life. What it says is undefined when it ended well, by our own wish. */
  async function live(protocol: 4 | 5): Promise<{ ending: Ending; lastedMs: number }> {
    const fresh = loginRefused
    const secret = settings.secret === undefined ? undefined : await options.secrets.read(settings.secret, { fresh })
    if (secret?.ok === false) return { ending: { words: secret.reason, loginRefused: true }, lastedMs: 0 }
    if (stopping.signal.aborted) return { ending: { words: 'stopped', loginRefused: false }, lastedMs: 0 }
    let measuredFromMs = Number.POSITIVE_INFINITY
    link = openLink({
      feed: settings,
      clientId: options.clientId,
      protocol,
      credentials: secret?.credentials ?? {},
      subscriptions: dialect.subscriptions,
      onPacket: () => {
        if (seen) seen.untilMs = now()
      },
      onMessage: (arrival) => {
        const receivedAt = now()
        const content = reader.read(arrival, { receivedAt, measured: receivedAt >= measuredFromMs })
        for (const event of content.events) output.event(event, name)
        for (const sample of content.samples) if (gauges.keep(sample, receivedAt)) output.sample(sample)
      },
    })
    const subscribed = await link.standing
    const atMs = now()
    if (subscribed) {
      workingLevel = protocol
      level = protocol
      const judged = subscribed.granted ? judgeGrants(dialect, subscribed.granted) : { notes: [] }
      if (judged.fatal === undefined) {
        measuredFromMs = connection.clean ? atMs : atMs + backlogMs
        up(atMs, judged.notes)
      } else link.close(judged.fatal)
    }
    const ending = await link.ended
    return { ending, lastedMs: state.up ? now() - atMs : 0 }
  }

  async function attempt(): Promise<{ ending: Ending; lastedMs: number }> {
    const life = await live(workingLevel ?? 5)
    const { refusesLevel5 } = life.ending
    const pinned = connection.protocolVersion !== undefined
    // A broker that spoke MQTT 5 before and only closes now is restarting, not older.
    const older = refusesLevel5 === 'said' || (refusesLevel5 === 'silent' && workingLevel === undefined)
    if (pinned || !older || stopping.signal.aborted) return life
    log({ level: 'info', message: 'the broker does not take MQTT 5: trying 3.1.1', reason: life.ending.words })
    return live(4)
  }

  async function run(): Promise<void> {
    if (standing.length > 0) log({ level: 'error', message: standing.join(), url: settings.url })
    while (!stopping.signal.aborted) {
      const { ending, lastedMs } = await attempt()
      if (stopping.signal.aborted) return
      loginRefused = ending.loginRefused
      down(ending.words)
      failures = lastedMs >= stableMs ? 0 : failures + 1
      const { reconnectPeriod: baseMs, maximumReconnectPeriod: capMs } = connection
      const attemptsBefore = Math.max(0, failures - 1)
      await pause(backoffMs({ attempt: attemptsBefore, baseMs, capMs, random: options.random() }), stopping.signal)
    }
  }

  const running = run()
  return {
    name,
    report,
    minute: (startMs) => {
      sayClock()
      if (!state.up) return
      for (const sample of gauges.at(startMs, reader.clock.inBrokerTime(startMs))) output.sample(sample)
      link?.ping()
    },
    lost: (untilMs) => {
      const offsetMs = reader.clock.inBrokerTime(0)
      if (seen) seen.fromMs = Math.max(seen.fromMs, untilMs - offsetMs)
    },
    stop: async () => {
      stopping.abort()
      link?.close('the watcher stopped')
      await running
    },
  }
}
