/** `keepwatch import`: what clients saw of their own connections, out of logs into the record. */
import { stat } from 'node:fs/promises'
import { harmless } from '../domain/text.ts'
import { findDocument, type Found } from './import/find.ts'
import { type Line, linesOf, longestLine } from './import/lines.ts'
import { type ImportOptions, readOptions, usage } from './import/options.ts'
import { post, type Posted } from './import/post.ts'
import { readSecret, type Sign } from './import/secret.ts'
import { createTally, renderTally } from './import/tally.ts'
import type { Terminal } from './terminal.ts'

const exitCodes = { ok: 0, notAll: 1, wrongInput: 2 } as const

/** Of one request: the webhook takes 256 KiB, 1000 documents and 2000 events. */
const most = { bytes: 200 * 1024, documents: 500, events: 1000 }

/** Runs the command; gives its exit code. */
export async function importClaims(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome = readOptions(args)
  if (outcome.kind === 'help') {
    terminal.out(usage)
    return exitCodes.ok
  }
  if (outcome.kind === 'fault') {
    terminal.err(`${harmless(outcome.message, 300)}\n\n${usage}`)
    return exitCodes.wrongInput
  }
  const { options } = outcome
  let sign: Sign | undefined
  try {
    sign = options.to === undefined ? undefined : await readSecret(options.to.secretFile)
    for (const file of options.files) if (file !== '-') await stat(file)
  } catch (error) {
    terminal.err(`${harmless(wordsOf(error), 500)}\n`)
    return exitCodes.wrongInput
  }
  const to = options.to === undefined || sign === undefined ? undefined : { url: options.to.url, sign }
  return run(options, to, terminal)
}

async function run(
  { files, json }: ImportOptions,
  to: { readonly url: string; readonly sign: Sign } | undefined,
  terminal: Terminal,
): Promise<number> {
  const tally = createTally(terminal)
  let stopped: Extract<Posted, { kind: 'stop' }> | undefined
  let batch: Batch = empty

  async function send(): Promise<void> {
    const { documents } = batch
    batch = empty
    if (to === undefined || documents.length === 0) return
    if (stopped !== undefined) return tally.unsent(documents, stopped.why)
    const texts = documents.map(({ text }) => text)
    const posted = await post(texts, to)
    if (posted.kind === 'taken') tally.taken(posted, documents)
    else if (posted.kind === 'refused') tally.refused(documents, posted.why)
    else {
      stopped = posted
      tally.unsent(documents, posted.why)
    }
  }

  async function take(line: Line): Promise<void> {
    const found: Found =
      line.text === undefined
        ? { kind: 'fault', fault: `longer than ${longestLine} characters` }
        : findDocument(line.text, Date.now())
    tally.read(line, found)
    if (found.kind !== 'document') return
    const bytes = Buffer.byteLength(found.text) + 1
    const isFull =
      batch.documents.length >= most.documents ||
      batch.events + found.events > most.events ||
      batch.bytes + bytes > most.bytes
    if (isFull) await send()
    batch = {
      documents: [...batch.documents, { text: found.text, events: found.events, line }],
      events: batch.events + found.events,
      bytes: batch.bytes + bytes,
    }
  }

  for (const file of files) {
    try {
      for await (const line of linesOf(file)) await take(line)
    } catch (error) {
      tally.brokeOff(file, wordsOf(error))
    }
  }
  await send()
  tally.hide()
  const counts = tally.counts()
  const isDryRun = to === undefined
  terminal.out(json ? `${JSON.stringify({ ...counts, dryRun: isDryRun })}\n` : renderTally(counts, isDryRun))
  if (stopped?.isOurFault === true) return exitCodes.wrongInput
  return counts.problems.length === 0 ? exitCodes.ok : exitCodes.notAll
}

/** Documents for one request. */
interface Batch {
  readonly documents: readonly { readonly text: string; readonly events: number; readonly line: Line }[]
  readonly events: number
  readonly bytes: number
}
const empty: Batch = { documents: [], events: 0, bytes: 0 }

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
