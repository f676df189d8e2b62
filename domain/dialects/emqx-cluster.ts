/** What EMQX tells of its nodes: which there are, how long each runs, and the alarms that hold CPU and memory. */
import * as z from 'zod/mini'
import type { SampleName } from '../batch.ts'
import { placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import type { Message } from '../message.ts'
import { instant } from '../time.ts'
import { rejected } from './reading.ts'

const longestNode = 256
const mostNodes = 1000

/** Topics of one node below its name that are read here. */
export const nodeTopics: ReadonlyMap<string, (message: Message, node: string, context: ReadingContext) => Reading> =
  new Map([
    ['uptime', readUptime],
    ['alarms/activate', readAlarm],
    ['alarms/deactivate', readAlarm],
  ])

/** Names of Erlang nodes joined by commas. A retained copy is the list of now. */
export function readNodes({ payload, receivedAt }: Message): Reading {
  const nodes = payload.split(',')
  const fine = nodes.length <= mostNodes && nodes.every((node) => node.length <= longestNode && isNode(node))
  // An empty list would end every session.
  if (!fine) return rejected('malformed', `the list of nodes should be names joined by commas and is ${payload}`)
  return { kind: 'brokers', brokers: nodes, atMs: receivedAt }
}

const isNode = (text: string): boolean => /^[\w.-]+@[\w.:-]+$/.test(text)

function readUptime({ payload, retain }: Message, node: string): Reading {
  if (!/^\d{1,15}$/.test(payload)) return rejected('malformed', `the uptime should be milliseconds and is ${payload}`)
  // EMQX retains none, so that this is a copy that somebody else left behind.
  return retain
    ? rejected('retained', payload)
    : { kind: 'uptime', broker: node, seconds: Number(payload) / millisecondsOfSecond }
}
const millisecondsOfSecond = 1000

/** Alarms with a percentage; the figure is that of the moment at which the alarm began or ended. */
const figures: ReadonlyMap<string, SampleName> = new Map([
  ['high_cpu_usage', 'cpu_percent'],
  ['high_system_memory_usage', 'memory_percent'],
])
const microsecondsOfMillisecond = 1000
const Microseconds = z.number().check(z.minimum(0))
const AlarmSchema = z.object({ name: z.string() })
const FigureSchema = z.object({
  details: z.object({ usage: z.number().check(z.minimum(0), z.maximum(100)) }),
  activate_at: Microseconds,
  // `infinity` while it is active.
  deactivate_at: z.optional(z.union([Microseconds, z.string(), z.null()])),
})

function readAlarm(message: Message, node: string, context: ReadingContext): Reading {
  if (message.retain) return rejected('retained', message.payload)
  const document = parsed(message.payload)
  const alarm = AlarmSchema.safeParse(document)
  if (!alarm.success) return rejected('malformed', `an alarm should have a name: ${message.payload}`)
  const name = figures.get(alarm.data.name)
  const figure = FigureSchema.safeParse(document)
  // Ended by hand, an alarm comes without its figure.
  if (name === undefined || !figure.success) return rejected('not_lifecycle', `the alarm ${alarm.data.name}`)
  const { details, activate_at: begunAt, deactivate_at: endedAt } = figure.data
  const stampMs = Math.round((typeof endedAt === 'number' ? endedAt : begunAt) / microsecondsOfMillisecond)
  const { atMs } = placeInTime(stampMs, message.receivedAt)
  const sample = { cluster: context.cluster, broker: node, name, at: instant(atMs), value: details.usage }
  return { kind: 'samples', samples: [sample] }
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
