/** `keepwatch import`: what clients saw of their own connections, out of logs into the record. */
import { stat } from 'node:fs/promises'
import { defineCommand } from './command.ts'
import { WrongLine, wordsOf } from './fault.ts'
import { findDocument, type Found } from './import/find.ts'
import { type Line, linesOf, longestLine } from './import/lines.ts'
import { importOptions, placeOf } from './import/options.ts'
import { post, type Posted } from './import/post.ts'
import { readSecret, type Sign } from './import/secret.ts'
import { createTally, renderTally } from './import/tally.ts'
import type { Terminal } from './terminal.ts'

const exitCodes = { ok: 0, notAll: 1, wrongInput: 2 } as const

/** Of one request: the webhook takes 256 KiB, 1000 documents and 2000 events. */
const most = { bytes: 200 * 1024, documents: 500, events: 1000 }

export const importClaims = defineCommand({
  name: 'import',
  summary: 'reads what clients saw of their own connections out of logs, and sends it to a webhook',
  about: [
    'FILE is a log in which some lines hold a document that observe() wrote, whatever else stands before or after it on the line; - is standard input, and names that end in .gz are decompressed. All other lines are passed over. The same log may be imported again: what is stored twice is stored once.',
  ],
  examples: [
    ['import app.log --dry-run', 'what would be sent'],
    ['import app.log --cluster plant --secret-file token.txt', 'into the record of plant'],
    [
      'import app-*.log.gz --to https://abc123.execute-api.eu-central-1.amazonaws.com --cluster plant --secret-file token.txt',
      'of a deployed system',
    ],
    ['import - --cluster plant --secret-file token.txt', 'standard input, such as: journalctl -u app -o cat | …'],
  ],
  positionals: {
    files: { placeholder: 'FILE', summary: 'logs to read', required: true, many: true, completes: 'file' },
  },
  options: importOptions,
  exitCodes: {
    0: 'everything was sent',
    1: 'something was not; standard error says what, and what could be sent was',
    2: 'the command line, a file or the secret is wrong',
  },
  run: async ({ options, positionals: { files } }, terminal) => {
    if (files.filter((file) => file === '-').length > 1) throw new WrongLine('standard input is named twice')
    const place = options['dry-run'] ? undefined : placeOf(options)
    let sign: Sign | undefined
    try {
      sign = place === undefined ? undefined : await readSecret(place.secretFile)
      for (const file of files) if (file !== '-') await stat(file)
    } catch (error) {
      throw new WrongLine(wordsOf(error), { cause: error })
    }
    const to = place === undefined || sign === undefined ? undefined : { url: place.url, sign }
    return send({ files, json: options.json }, to, terminal)
  },
})

async function send(
  { files, json }: { readonly files: readonly string[]; readonly json: boolean },
  to: { readonly url: string; readonly sign: Sign } | undefined,
  terminal: Terminal,
): Promise<number> {
  const tally = createTally(terminal)
  let stopped: Extract<Posted, { kind: 'stop' }> | undefined
  let batch: Batch = empty

  async function flush(): Promise<void> {
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
    if (isFull) await flush()
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
  await flush()
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
