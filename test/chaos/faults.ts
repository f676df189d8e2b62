/** What can go wrong, one entry each: it is done, lasts a while, and is healed. */
import type { DoorMode } from './door.ts'
import type { Random } from './random.ts'
import type { Stage, Watched } from './stage.ts'

export interface FaultContext {
  readonly stage: Stage
  readonly random: Random
  /** Longest time that a fault lasts, milliseconds. */
  readonly longestMs: number
  readonly stormSize: number
}

export interface Fault {
  readonly name: string
  /** Settles when it is healed. Answers what there is to say of it. */
  readonly run: (context: FaultContext) => Promise<string | void>
}

/** Faults of one target do not overlap; those of different targets do. */
export interface Lane {
  readonly target: string
  /** Longest pause between two of them, as a multiple of that of the others. */
  readonly calm: number
  readonly faults: readonly Fault[]
}

const pause = async (ms: number) => new Promise((done) => setTimeout(done, ms))
/** Often short, sometimes long. */
const lasting = ({ random, longestMs }: FaultContext) => 100 + random.next() ** 2 * longestMs

export const lanes: readonly Lane[] = [
  { target: 'a', calm: 1, faults: watcherFaults((stage) => stage.watchers.a) },
  { target: 'b', calm: 1, faults: watcherFaults((stage) => stage.watchers.b) },
  {
    target: 'queue',
    calm: 1,
    faults: [shut('unavailable'), shut('reset'), shut('hang'), shut('forget')],
  },
  {
    target: 'ingest',
    calm: 1,
    faults: [
      {
        name: 'kill-ingest',
        run: async (context) => {
          const { pipeline } = context.stage
          await pipeline.killIngestAtWork(context.random.between(0, 40))
          await pause(lasting(context))
          pipeline.startIngest()
        },
      },
    ],
  },
  {
    target: 'broker',
    calm: 4,
    faults: [
      { name: 'stop-broker', run: async (context) => context.stage.broker.restart('SIGTERM', lasting(context) / 4) },
      { name: 'kill-broker', run: async (context) => context.stage.broker.restart('SIGKILL', lasting(context) / 4) },
    ],
  },
  {
    target: 'clients',
    calm: 4,
    faults: [
      {
        name: 'storm',
        run: async ({ stage, stormSize }) => `${await stage.fleet.storm(stormSize)} clients came and left`,
      },
    ],
  },
]

function watcherFaults(of: (stage: Stage) => Watched): readonly Fault[] {
  return [
    {
      name: 'kill-watcher',
      run: async (context) => {
        const { watcher } = of(context.stage)
        await watcher.kill()
        await pause(lasting(context))
        watcher.start()
      },
    },
    {
      name: 'freeze-watcher',
      run: async (context) => {
        const { watcher } = of(context.stage)
        watcher.signal('SIGSTOP')
        await pause(lasting(context))
        watcher.signal('SIGCONT')
      },
    },
    { name: 'cut-network', run: async ({ stage }) => of(stage).relay.cut() },
    {
      name: 'swallow-network',
      run: async (context) => {
        const { relay } = of(context.stage)
        relay.swallow()
        await pause(lasting(context))
        if (context.random.chance(0.5)) relay.cut()
        relay.heal()
      },
    },
    {
      name: 'refuse-network',
      run: async (context) => {
        const { relay } = of(context.stage)
        relay.refuse()
        await pause(lasting(context))
        relay.heal()
      },
    },
  ]
}

function shut(mode: DoorMode): Fault {
  return {
    name: `queue-${mode}`,
    run: async (context) => {
      const { door } = context.stage.pipeline
      door.set(mode)
      await pause(lasting(context))
      door.set('pass')
    },
  }
}

export const faultNames = [...new Set(lanes.flatMap(({ faults }) => faults.map(({ name }) => name)))]
