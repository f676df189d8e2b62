/** One feed: link after link to one endpoint, for as long as the watcher lives; knows what was seen and what was not. */
import type { FeedReport, Gap, Sample } from '../domain/batch.ts'
import type { Dialect } from '../domain/dialect.ts'
import type { Knowledge } from '../domain/dialects/index.ts'
import type { EventDraft } from '../domain/event.ts'
import type { FeedSettings } from '../domain/feed.ts'
import { harmless } from '../domain/text.ts'
import { instant, minuteMs, secondMs } from '../domain/time.ts'
import { openAmqpLink } from './amqp-link.ts'
import { askForClaims, createClaims } from './claims.ts'
import { createGauges } from './gauges.ts'
import { judgeGrants } from './grants.ts'
import { type Arrival, type Link, openLink } from './link.ts'
import type { Log } from './log.ts'
import { createReader } from './reader.ts'
import { type Life, relink } from './relink.ts'
import type { Secrets } from './secrets.ts'
import { createSight } from './sight.ts'
import { createUnseenEnds } from './unseen-ends.ts'

/** Which feed of which cluster. */
export interface FeedName {
  readonly cluster: string
  readonly feed: string
}

/** Where a feed's findings go. All of these return at once. */
export interface FeedOutput {
  readonly event: (event: EventDraft, from: FeedName) => void
  readonly sample: (sample: Sample) => void
  readonly gap: (gap: Gap) => void
  /** What the feed says of itself at a moment that matters: a link that was just lost. */
  readonly report: (report: FeedReport) => void
  /** The feed's state changed: ship soon. */
  readonly changed: () => void
  /** The broker waits for acknowledgements: ship now. */
  readonly hurry: () => void
}

export interface FeedOptions {
  readonly name: FeedName
  readonly settings: FeedSettings
  readonly dialect: Dialect
  readonly slot: string
  /** MQTT client id with the slot. */
  readonly clientId: string
  readonly isOwn: (clientId: string) => boolean
  /** Who tells of connections: a feed of figures alone has seen none of them. */
  readonly connections: Knowledge
  /** Read what clients say of their own connections. */
  readonly claims: boolean
  readonly secrets: Secrets
  readonly output: FeedOutput
  readonly log: Log
  readonly now: () => number
  readonly random: () => number
}

export interface Feed {
  readonly name: FeedName
  readonly report: () => FeedReport
  /**
   * Everything that arrived is about to be shipped: what this gives is to be called once that is safe, and acknowledges
   * to the broker. Undefined when there is nothing to acknowledge.
   */
  readonly receipt: () => (() => void) | undefined
  /** A minute began: tells the figures in force and asks the broker for a sign of life. Epoch milliseconds. */
  readonly minute: (startMs: number) => void
  /** Concludes ends that were waited for and did not come. Call it about once a second. */
  readonly settle: () => void
  /** Events up to then were dropped unsent: nothing before it counts as seen. Epoch milliseconds, broker's time. */
  readonly lost: (untilMs: number) => void
  /** Says goodbye to the broker and ends. */
  readonly stop: () => Promise<void>
}

const figuresOnly =
  'only figures are recorded: this broker publishes nothing about its connections, and the cluster has no "webhook"'
/** After a resumed session the broker first sends what it kept: such stamps tell nothing of its clock. */
const backlogMs = 5 * secondMs

/** Starts a feed; it tries for ever and says what it finds. */
export function startFeed(options: FeedOptions): Feed {
  const { name, settings, dialect, output, now } = options
  const { connection } = settings
  const stopping = new AbortController()
  const broker = settings.broker ?? name.feed
  const reader = createReader(dialect, { cluster: name.cluster, broker, isOwn: options.isOwn })
  const asking = askForClaims(dialect, options.claims)
  // A feed of a whole cluster cannot tell on which broker a client was; nor can the other feeds of that cluster.
  const whereabouts = dialect.scope === 'broker' ? broker : (settings.broker ?? dialect.name)
  const claims = createClaims({ cluster: name.cluster, broker: whereabouts, isOwn: options.isOwn }, reader.rejections)
  const gauges = createGauges(dialect.scope)
  const startedMs = now()
  const sight = createSight({
    name,
    slot: options.slot,
    keepsMs: Math.min(dialect.keepsSeconds ?? 0, connection.sessionExpirySeconds) * secondMs,
    gap: output.gap,
    inBrokerTime: reader.clock.inBrokerTime,
    now,
  })
  let workingLevel: 4 | 5 | undefined = connection.protocolVersion
  let level: 4 | 5 | undefined
  let link: Link | undefined
  let state: { up: boolean; sinceMs: number; problems: readonly string[] } = {
    up: false,
    sinceMs: startedMs,
    problems: ['not connected yet'],
  }
  let said = { words: '', atMs: 0 }
  let loginRefused = false
  let clockProblem: string | undefined

  const log = (line: Parameters<Log>[0]) => options.log({ cluster: name.cluster, feed: name.feed, ...line })
  const standing = connection.rejectUnauthorized
    ? []
    : ['rejectUnauthorized is false: the broker’s certificate is not verified, anybody could pose as it']

  const event = (draft: EventDraft) => output.event(draft, name)
  const unseen = createUnseenEnds({ ...options, dialect: dialect.name, broker, reader, sight, event, log })

  function report(): FeedReport {
    const listProblem = unseen.problem()
    const timeProblem = clockProblem ?? reader.stampProblem(now())
    const inferredEnds = unseen.count()
    const problems = [
      ...state.problems,
      ...standing,
      ...(options.connections === 'unknown' ? [figuresOnly] : []),
      ...(timeProblem ? [timeProblem] : []),
      ...(listProblem ? [listProblem] : []),
    ]
    const offset = reader.clock.offsetMs()
    return {
      cluster: name.cluster,
      feed: name.feed,
      brokers: dialect.scope === 'broker' && settings.broker !== undefined ? [settings.broker] : [],
      state: state.up ? 'up' : 'down',
      since: instant(state.sinceMs),
      ...(problems.length > 0 ? { problem: harmless(problems.join('; '), 500) } : {}),
      // Where connections are pushed, what comes that way says how much was seen.
      ...(options.connections === 'pushed' ? {} : sight.seen()),
      ...(inferredEnds === 0 ? {} : { inferredEnds }),
      ...(offset === undefined ? {} : { clockOffsetMs: offset }),
      ...(level === undefined || dialect.transport === 'amqp' ? {} : { protocol: level }),
      rejected: reader.rejections.counts(),
      rejectionSamples: reader.rejections.samples(),
    }
  }

  function down(words: string, failures: number): void {
    const atMs = now()
    const wasUp = state.up
    if (wasUp || said.words !== words || atMs - said.atMs >= minuteMs) {
      log({ level: 'error', message: 'feed is down and tries again', reason: words, attempts: failures })
      said = { words, atMs }
    }
    state = { up: false, sinceMs: wasUp ? atMs : state.sinceMs, problems: [words] }
    // The last of what this link saw goes out now: the next link may be up before the next departure.
    if (wasUp) output.report(report())
    sight.down(words)
    gauges.clear()
    unseen.down()
    output.changed()
  }

  function up(atMs: number, { resumed, notes }: { resumed: boolean; notes: readonly string[] }): void {
    state = { up: true, sinceMs: atMs, problems: notes }
    said = { words: '', atMs: 0 }
    loginRefused = false
    const { clientId } = options
    log({ level: 'info', message: 'feed is up', url: settings.url, protocol: level, clientId, resumed })
    for (const note of notes) log({ level: 'warn', message: 'feed is up, but something is missing', reason: note })
    sight.up(atMs, resumed)
    unseen.up()
    output.changed()
  }

  function take(arrival: Arrival, measured: boolean): void {
    const receivedAt = now()
    const claimed = options.claims ? claims.read(arrival, receivedAt) : undefined
    // Nobody believes them beyond that: they open no session, and no clock is set by them.
    if (claimed !== undefined) return claimed.forEach(event)
    const content = reader.read(arrival, { receivedAt, measured })
    for (const draft of content.events) event(draft)
    for (const sample of content.samples) {
      if (sample.name === 'dropped_total') sight.dropped(sample.broker, sample.value, receivedAt)
      if (gauges.keep(sample, receivedAt)) output.sample(sample)
    }
    unseen.heard(content, receivedAt)
  }

  function sayClock(): void {
    const problem = reader.clock.problem() ?? reader.stampProblem(now())
    if (problem !== undefined && clockProblem === undefined) log({ level: 'warn', message: problem })
    clockProblem = problem
  }

  /** One link's whole life. */
  async function live(protocol: 4 | 5): Promise<Life> {
    const fresh = loginRefused
    const secret = settings.secret === undefined ? undefined : await options.secrets.read(settings.secret, { fresh })
    if (secret?.ok === false) return { ending: { words: secret.reason, loginRefused: true }, lastedMs: 0 }
    if (stopping.signal.aborted) return { ending: { words: 'stopped', loginRefused: false }, lastedMs: 0 }
    let measuredFromMs = Number.POSITIVE_INFINITY
    // MQTT 3.1.1 cannot bound how long a session is kept: none is left behind unless asked for.
    const clean = connection.clean ?? !(protocol === 5 && dialect.keepsSeconds !== undefined)
    const asked = asking.dialect()
    let accepted = false
    const open = dialect.transport === 'amqp' ? openAmqpLink : openLink
    const current = open({
      feed: settings,
      clientId: options.clientId,
      protocol,
      clean,
      credentials: secret?.credentials ?? {},
      subscriptions: asked.subscriptions,
      onAccepted: () => {
        accepted = true
      },
      onPacket: () => {
        if (current.windowFull()) sight.pressed()
        else sight.heard(now())
      },
      onMessage: (arrival) => take(arrival, arrival.duplicate !== true && now() >= measuredFromMs),
      onPressing: output.hurry,
    })
    link = current
    reader.relinked()
    const subscribed = await current.standing
    const atMs = now()
    if (accepted) asking.answered(subscribed !== undefined)
    if (subscribed) {
      workingLevel = protocol
      level = protocol
      const judged = subscribed.granted ? judgeGrants(asked, subscribed.granted) : { notes: [] }
      if (judged.fatal === undefined) {
        measuredFromMs = subscribed.resumed ? atMs + backlogMs : atMs
        up(atMs, { resumed: subscribed.resumed, notes: [...judged.notes, ...asking.notes()] })
      } else current.close(judged.fatal)
    }
    const ending = await current.ended
    return { ending, lastedMs: state.up ? now() - atMs : 0 }
  }

  if (standing.length > 0) log({ level: 'error', message: standing.join(), url: settings.url })
  const running = relink({
    connection,
    live,
    workingLevel: () => workingLevel,
    down: ({ words, loginRefused: refused }, failures) => {
      loginRefused = refused
      down(words, failures)
    },
    log,
    random: options.random,
    stopping: stopping.signal,
  })
  return {
    name,
    report,
    receipt: () => {
      const current = link
      const acknowledge = current?.receipt()
      if (current === undefined || acknowledge === undefined) return undefined
      return () => {
        if (current.windowFull()) sight.pressed()
        acknowledge()
      }
    },
    minute: (startMs) => {
      sayClock()
      if (!state.up) return
      for (const sample of gauges.at(startMs, reader.clock.inBrokerTime(startMs))) output.sample(sample)
      link?.ping()
    },
    settle: unseen.settle,
    lost: sight.lost,
    stop: async () => {
      stopping.abort()
      link?.close('the watcher stopped')
      await running
    },
  }
}
