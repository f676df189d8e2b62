/** Sparkplug B: births and deaths of edge nodes, their devices and host applications [Sparkplug 3.0 §4, §6]. */
import type { Message } from '../message.ts'
import type { Convention, Told } from './generic-presence.ts'
import { fieldsOf } from './protobuf.ts'

const births: ReadonlyMap<string, 'connected' | 'disconnected'> = new Map([
  ['NBIRTH', 'connected'],
  ['DBIRTH', 'connected'],
  ['NDEATH', 'disconnected'],
  ['DDEATH', 'disconnected'],
])

export const sparkplug: Convention = {
  filters: [
    { filter: 'spBv1.0/+/NBIRTH/+', purpose: 'Sparkplug nodes that are born' },
    { filter: 'spBv1.0/+/NDEATH/+', purpose: 'Sparkplug nodes that die' },
    { filter: 'spBv1.0/+/DBIRTH/+/+', purpose: 'Sparkplug devices that are born' },
    { filter: 'spBv1.0/+/DDEATH/+/+', purpose: 'Sparkplug devices that die' },
    { filter: 'spBv1.0/STATE/+', purpose: 'Sparkplug host applications' },
  ],
  read: (levels, message) => {
    const [namespace, group = '', kind = '', node = '', device] = levels
    if (namespace !== 'spBv1.0') return undefined
    if (levels.length === 3 && group === 'STATE') return readState(kind, message)
    const type = births.get(kind)
    if (type === undefined || levels.length !== (kind.startsWith('N') ? 4 : 5)) return undefined
    return readBirth([group, node, ...(device === undefined ? [] : [device])].join('/'), type, { kind, message })
  },
}

/** Of a host application: JSON, with the time at which its session began, in its birth as in its will. */
function readState(host: string, { payload }: Message): Told {
  const state = /^\s*\{/.test(payload) ? parse(payload) : undefined
  if (typeof state !== 'object' || state === null || !('online' in state) || typeof state.online !== 'boolean') {
    return { fault: 'no JSON object that says whether it is online' }
  }
  const stampMs = 'timestamp' in state && isEpochMs(state.timestamp) ? state.timestamp : undefined
  return {
    clientId: host,
    type: state.online ? 'connected' : 'disconnected',
    ...(stampMs === undefined ? {} : { sessionKey: String(stampMs), ...(state.online ? { stampMs } : {}) }),
  }
}

/** Metrics and other fields that are looked at. bdSeq is usually the first. */
const maxFields = 10_000

/** Fields of a payload and of a metric in it, by number. */
const ofPayload = { timestamp: 1, metric: 2 }
const ofMetric = { name: 1, intValue: 10, longValue: 11 }

/** A node's death carries the bdSeq of the birth it ends; a device has none, and its death is no will. */
function readBirth(
  clientId: string,
  type: 'connected' | 'disconnected',
  { kind, message }: { kind: string; message: Message },
): Told {
  const fields = message.bytes === undefined ? undefined : fieldsOf(message.bytes, maxFields)
  if (fields === undefined) return { fault: 'no Sparkplug payload (Protocol Buffers)' }
  let stampMs: number | undefined
  let bdSeq: number | undefined
  for (const field of fields) {
    if (field.kind === 'varint' && field.number === ofPayload.timestamp) stampMs = field.value
    if (field.kind === 'bytes' && field.number === ofPayload.metric) bdSeq ??= bdSeqOf(field.bytes)
  }
  return {
    clientId,
    type,
    // A death says when its session began; a birth says when it is.
    ...(type === 'connected' && isEpochMs(stampMs) ? { stampMs } : {}),
    ...(kind.startsWith('N') && bdSeq !== undefined ? { sessionKey: `bdSeq ${bdSeq}` } : {}),
    ...(kind === 'DDEATH' ? { reason: kind } : {}),
  }
}

const bdSeqName = 'bdSeq'

function bdSeqOf(metric: Uint8Array): number | undefined {
  const fields = fieldsOf(metric, maxFields) ?? []
  const isBdSeq = fields.some(
    (field) =>
      field.kind === 'bytes' &&
      field.number === ofMetric.name &&
      field.bytes.length === bdSeqName.length &&
      String.fromCharCode(...field.bytes) === bdSeqName,
  )
  if (!isBdSeq) return undefined
  const value = fields.find(({ number }) => number === ofMetric.longValue || number === ofMetric.intValue)
  return value?.kind === 'varint' && Number.isSafeInteger(value.value) ? value.value : undefined
}

const isEpochMs = (value: unknown): value is number => Number.isSafeInteger(value) && Math.abs(Number(value)) <= 8.64e15

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
