/** What the analysis of a cluster keeps between its runs: an item replaced under a condition, and the baselines it names. */
import { createHash } from 'node:crypto'
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'
import { type Alert, AlertSchema } from '../domain/alert.ts'
import { type AnalysisState, AnalysisStateSchema, type Baselines, BaselinesSchema } from '../domain/analysis.ts'
import { packed, unpacked } from './packed.ts'
import { namesOfItems, putIf, readItem, stateKey } from './state-item.ts'
import { type Item, number, type Table, text, textOf } from './table.ts'

/** A cluster's analysis: the last judged minute, what was learned, alerts still to be stored or told. */
export interface AnalysisRecord {
  /** Start of the last minute judged. */
  readonly position: string
  readonly ranAt: string
  readonly analysis: { readonly state: AnalysisState; readonly baselines: Baselines }
  /** Alerts whose last transition is not yet stored and published. */
  readonly pending: readonly Alert[]
}

/** A record as it stands in the table. */
export interface StoredAnalysis extends AnalysisRecord {
  readonly version: number
  /** Name of the item that holds its baselines; absent while there are none. */
  readonly baselinesItem?: string
  /** Name of such an item that is not there, though nothing of ours removes it. */
  readonly lostBaselines?: string
}

/** How far an analysis is, without what it learned. */
export interface AnalysisProgress {
  readonly position: string
  readonly ranAt: string
  readonly pendingAlerts: number
}

const itemName = 'analysis'
const progressAttributes = ['position', 'ranAt', 'pendingAlerts'] as const
const ContentSchema = z.strictObject({ state: AnalysisStateSchema, pending: z.array(AlertSchema) })
/** Between two reads another run may have replaced the baselines; more often than this it does not. */
const maxReads = 5

/** Reads how far a cluster's analysis is; undefined before its first run. */
export async function readProgress(table: Table, cluster: string): Promise<AnalysisProgress | undefined> {
  const item = await readItem(table, cluster, itemName, progressAttributes)
  return item?.['position'] === undefined ? undefined : progressOf(item)
}

function progressOf(item: Item): AnalysisProgress {
  const pendingAlerts = Number(item['pendingAlerts']?.N ?? 0)
  return { position: textOf(item, 'position'), ranAt: textOf(item, 'ranAt'), pendingAlerts }
}

/** Reads a cluster's analysis with the baselines it names; undefined before its first run. */
export async function readAnalysis(table: Table, cluster: string): Promise<StoredAnalysis | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const item = await readItem(table, cluster, itemName)
    // Without a position it was written before there were packed ones, and holds nothing that can be read.
    if (item?.['position'] === undefined) return undefined
    const named = item['baselines']?.S
    const baselines = named === undefined ? {} : await readBaselines(table, cluster, named)
    if (baselines === undefined && attempt < maxReads) continue
    const { state, pending } = ContentSchema.parse(await unpacked(item, 'content'))
    const { position, ranAt } = progressOf(item)
    const record = { version: Number(item['version']?.N), position, ranAt, pending }
    if (named === undefined) return { ...record, analysis: { state, baselines: {} } }
    // Better to judge by what is normal anywhere than not at all.
    if (baselines === undefined) return { ...record, analysis: { state, baselines: {} }, lostBaselines: named }
    return { ...record, analysis: { state, baselines }, baselinesItem: named }
  }
}

async function readBaselines(table: Table, cluster: string, name: string): Promise<Baselines | undefined> {
  const item = await readItem(table, cluster, name)
  return item === undefined ? undefined : BaselinesSchema.parse(await unpacked(item, 'content'))
}

/**
 * Commits an analysis if it still stands as `before` was read (undefined: if there was none); undefined when another run
 * was first. Baselines that changed are written first, under a name that no other version uses and that tells their
 * content: whoever loses leaves what is in force untouched.
 */
export async function commitAnalysis(
  table: Table,
  cluster: string,
  commit: { readonly before: StoredAnalysis | undefined; readonly next: AnalysisRecord },
): Promise<StoredAnalysis | undefined> {
  const { before } = commit
  const { position, ranAt, analysis, pending } = commit.next
  const { state, baselines } = analysis
  const version = (before?.version ?? 0) + 1
  const baselinesItem = await placeBaselines(table, cluster, { baselines, version, known: before?.baselinesItem })
  const item: Item = {
    ...stateKey(cluster, itemName),
    version: number(version),
    position: text(position),
    ranAt: text(ranAt),
    pendingAlerts: number(pending.length),
    ...(baselinesItem === undefined ? {} : { baselines: text(baselinesItem) }),
    content: packed({ state, pending }, `The state and alerts of cluster ${cluster}`),
  }
  const stands =
    before === undefined
      ? { expression: 'attribute_not_exists(#position)', names: { '#position': 'position' } }
      : { expression: 'version = :before', values: { ':before': number(before.version) } }
  if (!(await putIf(table, item, stands))) return undefined
  return { version, position, ranAt, analysis, pending, ...(baselinesItem === undefined ? {} : { baselinesItem }) }
}

/** Names the item that holds these baselines; writes it unless the known one does. */
async function placeBaselines(
  { client, table }: Table,
  cluster: string,
  place: { readonly baselines: Baselines; readonly version: number; readonly known: string | undefined },
): Promise<string | undefined> {
  if (Object.keys(place.baselines).length === 0) return undefined
  const digest = createHash('sha256').update(JSON.stringify(place.baselines)).digest('hex').slice(0, 32)
  if (place.known?.endsWith(`#${digest}`) === true) return place.known
  const name = `${baselinesUpTo(place.version)}#${digest}`
  const content = packed(place.baselines, `The baselines of cluster ${cluster}`)
  await client.send(new PutItemCommand({ TableName: table, Item: { ...stateKey(cluster, name), content } }))
  return name
}

const baselinesUpTo = (version: number) => `baselines#${String(version).padStart(12, '0')}`

/**
 * Removes the baselines that a committed analysis replaced, and those of runs that did not come to commit. What a later
 * run has just written bears a later version, and stays.
 */
export async function sweepBaselines(table: Table, cluster: string, committed: StoredAnalysis): Promise<void> {
  const names = await namesOfItems(table, cluster, 'baselines#', `${baselinesUpTo(committed.version)}$`)
  for (const name of names.filter((each) => each !== committed.baselinesItem)) {
    await table.client.send(new DeleteItemCommand({ TableName: table.table, Key: stateKey(cluster, name) }))
  }
}
