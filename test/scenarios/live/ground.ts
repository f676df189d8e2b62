/** What a live story stands on: real brokers that tell the real watcher, paths, clients, and the case made of it all. */
import { chmodSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Aedes } from 'aedes'
import mqtt from 'mqtt'
import { eventOf } from '../../../codec/identity.ts'
import type { Sample } from '../../../domain/batch.ts'
import type { KnownBroker, Subject } from '../../../domain/case.ts'
import { readClaimDocument } from '../../../domain/claims.ts'
import { dialects } from '../../../domain/dialects/index.ts'
import { type Event, EventDraftSchema } from '../../../domain/event.ts'
import { probePrefix } from '../../../domain/settings.ts'
import { checkSettings } from '../../../domain/settings-check.ts'
import { instant } from '../../../domain/time.ts'
import { createSecrets } from '../../../watcher/secrets.ts'
import { startWatcher } from '../../../watcher/watcher.ts'
import {
  createCleanup,
  createQueue,
  mosquittoFolder,
  removeFolder,
  startAedes,
  startMosquitto,
  until,
} from '../../watcher/stage.ts'
import { caseOf } from './record.ts'

/** Of whom it is asked, and of which time; absent: of all of it. */
export interface Asked {
  readonly subject: Subject
  readonly fromMs?: number
  readonly toMs?: number
}

/** How long a story may take until what it waits for is recorded. */
const patienceMs = 70_000

const mosquittoLines = [
  'log_dest topic',
  'log_type error',
  'log_type notice',
  'log_type information',
  'connection_messages true',
  'sys_interval 1',
]

export type Ground = ReturnType<typeof createGround>

/** Nothing yet: a story starts its brokers, has them watched, and lets things happen. `leave` ends all of it. */
export function createGround() {
  const beganMs = Date.now()
  const cleanup = createCleanup()
  const queue = createQueue()
  const brokers = new Map<string, { readonly port: number; readonly known: KnownBroker }>()
  const posted: Event[] = []
  const counts: Sample[] = []

  const shipped: Event[] = []
  let batchesRead = 0

  /** Asked again and again: what was read is not read again. */
  function events(): readonly Event[] {
    const batches = queue.batches.slice(batchesRead)
    batchesRead += batches.length
    for (const draft of batches.flatMap((batch) => batch.events)) {
      shipped.push(ofOwnProcess(eventOf(EventDraftSchema.parse(draft))))
    }
    return [...shipped, ...posted]
  }

  return {
    beganMs,
    defer: cleanup.defer,
    leave: cleanup.run,
    events,
    /** Events of one client, or of those who did not say who they are. */
    of: (clientId: string | undefined, type: Event['type'], view: Event['view'] = 'broker') =>
      events().filter(
        (event) => event.clientId === clientId && event.type === type && event.view === view && !event.own,
      ),
    until: async (what: string, condition: () => boolean) => until(what, condition, patienceMs),
    /** Time that passes in the story: an outage, a pause of its clients. */
    pass: async (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),

    /** A mosquitto that lets everybody in unless `lines` say otherwise; DIR in them is a folder it may read and write. */
    mosquitto: async (
      name = 'node-1',
      lines: readonly string[] = ['allow_anonymous true'],
      known: Partial<KnownBroker> = {},
      prepare: (folder: string) => void = () => undefined,
    ) => {
      const folder = mosquittoFolder()
      chmodSync(folder, 0o777)
      prepare(folder)
      cleanup.defer(() => removeFolder(folder))
      const port = await quietPort()
      const all = [...mosquittoLines, `listener ${port} 127.0.0.1`, ...lines]
      let running = await startMosquitto(port, all, folder)
      cleanup.defer(async () => running.stop())
      brokers.set(name, { port, known: { name, weight: 1, ...known } })
      return {
        port,
        folder,
        signal: (signal: NodeJS.Signals) => running.signal(signal),
        kill: async () => running.stop(),
        start: async () => {
          running = await startMosquitto(port, all, folder)
        },
      }
    },

    aedes: async (name: string, configure: (broker: Aedes) => void) => {
      const port = await quietPort()
      const running = await startAedes(port, configure)
      cleanup.defer(running.kill)
      brokers.set(name, { port, known: { name, weight: 1 } })
      return { port }
    },

    /** From here on all brokers are watched as in production. */
    watch: async (dialect: 'mosquitto' | 'aedes' = 'mosquitto', secret?: Readonly<Record<string, string>>) => {
      const login = secret === undefined ? {} : { secret: 'login' }
      const connection = { reconnectPeriod: 100, maximumReconnectPeriod: 200, keepalive: 10 }
      const feeds = [...brokers].map(([broker, { port }]) => ({
        broker,
        url: `mqtt://127.0.0.1:${port}`,
        connection,
        ...login,
      }))
      const checked = checkSettings({ clusters: [{ name: 'plant', dialect, feeds }] })
      if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
      const watcher = startWatcher({
        settings: checked.settings,
        slot: 'a',
        dialects,
        ship: queue.send,
        secrets: createSecrets({ fetchSecret: async () => JSON.stringify(secret), now: Date.now }),
        log: () => undefined,
      })
      cleanup.defer(async () => watcher.stop({ deadlineMs: 1000 }))
      await until('the feeds to be up', () => watcher.feeds().every(({ state }) => state === 'up'))
    },

    /**
     * Notes how many are connected so often, as the watcher does with each minute: for stories that are told slower. Of all
     * brokers known so far.
     */
    count: (everyMs: number) => {
      for (const [broker, { port }] of brokers) {
        const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
          clientId: `${probePrefix}count`,
          reconnectPeriod: 100,
        })
        let value: number | undefined
        client.on('error', () => undefined).on('message', (_topic, payload) => (value = Number(payload)))
        client.subscribe('$SYS/broker/clients/connected')
        const timer = setInterval(() => {
          if (value === undefined) return
          // Itself not among them.
          counts.push({ cluster: 'plant', broker, name: 'connected', at: instant(Date.now()), value: value - 1 })
        }, everyMs)
        cleanup.defer(async () => client.endAsync(true))
        cleanup.defer(() => clearInterval(timer))
      }
    },

    /** What a client saw that cannot publish: posted to the webhook. `document` is a `ClaimDocument` as text. */
    post: (document: string, broker: string) => {
      const context = { cluster: 'plant', broker, receivedAtMs: Date.now(), isOwn: () => false }
      const read = readClaimDocument(JSON.parse(document), context)
      if (read.rejected.length > 0) throw new Error(JSON.stringify(read.rejected))
      posted.push(...read.events.map((draft) => ofOwnProcess(eventOf(draft))))
    },

    caseOf: (asked: Asked, timesSlower = 1) => {
      const recorded = {
        beganMs,
        endedMs: Date.now(),
        events: events(),
        samples: [...queue.samples(), ...counts],
        gaps: queue.gaps(),
        brokers: [...brokers.values()].map(({ known }) => known),
      }
      return caseOf(asked, recorded, timesSlower)
    },
  }
}

/** Clients of this process stand for machines of their own: each is told of as one of a process of its own. */
function ofOwnProcess(event: Event): Event {
  const { evidence, clientId = '' } = event
  if (evidence?.process === undefined || evidence.process !== Reflect.get(globalThis, 'keepwatchProcess')) return event
  return { ...event, evidence: { ...evidence, process: `${evidence.process}-${clientId}` } }
}

/** A free port below those that the system gives to clients: nobody takes it while a broker is down. */
export async function quietPort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((done) => {
      server.once('error', () => done(false))
      server.listen(port, '127.0.0.1', () => done(true))
    })
    await new Promise((done) => server.close(done))
    if (isFree) return port
  }
}
