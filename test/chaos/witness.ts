/** What the broker published, read from its own log file: the events of its lines, and the sessions left open when it ended. */
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import type { Wording } from '../../domain/dialect.ts'
import { brokerName, clusterName } from './watchers.ts'

/** One event that the broker's log tells. */
export interface Published {
  /** What tells it from others; equal lines of one second have one key. */
  readonly key: string
  /** Epoch milliseconds; lines are stamped in whole seconds. */
  readonly stampMs: number
  readonly line: string
}

/** A time in which the broker was killed: what it had queued and not saved was lost with it. */
export interface Death {
  readonly savedAtMs: number
  readonly startedAtMs: number
}

/** One connection of one client. */
export interface WitnessedSession {
  readonly clientId: string
  readonly beganMs: number
  /** Of the events of its beginning and its end; of its end none where the broker ended and told nothing of it. */
  readonly beginning: string
  end?: string
}

export interface Witness {
  readonly published: readonly Published[]
  readonly deaths: readonly Death[]
  /** All sessions that are over. */
  readonly sessions: readonly WitnessedSession[]
  /** `<client id> <port>` of every connection. */
  readonly connections: ReadonlySet<string>
}

/** What is compared of an event: everything that mosquitto tells of it. */
export function keyOf(event: {
  readonly at: string
  readonly type: string
  readonly clientId?: string | undefined
  readonly peer?: string | undefined
  readonly reason?: string | undefined
}): string {
  return [event.at, event.type, event.clientId, event.peer, event.reason].join(' ')
}

/** Reads the log from its beginning. */
export function readWitness(log: string): Witness {
  const published: Published[] = []
  const deaths: Death[] = []
  const connections = new Set<string>()
  const sessions: WitnessedSession[] = []
  const open = new Map<string, WitnessedSession>()
  let wording: Wording | undefined
  let savedAtMs = 0
  let running = false
  const ended = () => {
    sessions.push(...open.values())
    open.clear()
  }
  for (const line of log.split('\n')) {
    const [, seconds, text = ''] = /^(\d+): (.*)$/s.exec(line) ?? []
    if (seconds === undefined) continue
    const stampMs = Number(seconds) * 1000
    if (text.startsWith('Saving in-memory database')) savedAtMs = stampMs
    if (/^mosquitto version \S+ starting$/.test(text)) {
      wording = mosquitto.wordingOf?.(messageOf('I', line, stampMs)) ?? wording
      if (running) deaths.push({ savedAtMs, startedAtMs: stampMs })
      savedAtMs = stampMs
      running = true
      ended()
    }
    // It saves everything while it stops in good order.
    if (/^mosquitto version \S+ terminating$/.test(text)) {
      running = false
      ended()
    }
    const event = eventOf(line, stampMs, wording)
    if (event === undefined) continue
    const key = keyOf({ ...event, at: new Date(stampMs).toISOString() })
    published.push({ key, stampMs, line })
    const { clientId } = event
    if (clientId === undefined) continue
    if (event.type === 'connected') {
      open.set(clientId, { clientId, beganMs: stampMs, beginning: key })
      connections.add(`${clientId} ${event.peer?.split(':').at(-1)}`)
      continue
    }
    const session = open.get(clientId)
    if (session === undefined) continue
    sessions.push({ ...session, end: key })
    open.delete(clientId)
  }
  return { published, deaths, sessions, connections }
}

const messageOf = (severity: string, line: string, stampMs: number) => ({
  topic: `$SYS/broker/log/${severity}`,
  payload: line,
  retain: false,
  receivedAt: stampMs,
  ordinal: 0,
  repeat: 0,
})

/** The file does not tell the severity, but no line means something in two of them. */
function eventOf(line: string, stampMs: number, wording: Wording | undefined) {
  for (const severity of ['N', 'E']) {
    const context = { cluster: clusterName, broker: brokerName, isOwn: () => false, wording }
    const reading = mosquitto.read(messageOf(severity, line, stampMs), context)
    if (reading.kind === 'events') return reading.events[0]
  }
}
