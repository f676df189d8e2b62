/** Prints benchmarks, each beside its limit or a peer in the same run: one by name and its options, or all of them. */
import process from 'node:process'
import { benchDetection } from './detection.ts'
import { benchIngest } from './ingest.ts'
import { benchPage } from './page.ts'
import { benchQuery } from './query.ts'
import { benchWatcher } from './watcher.ts'

const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  ingest: benchIngest,
  watcher: benchWatcher,
  detection: benchDetection,
  query: benchQuery,
  page: benchPage,
}
/** `npm run bench -- ingest watcher`, or one with its own options: `npm run bench -- detection --days 21`. */
const given = process.argv.slice(2)
const firstOption = given.findIndex((word) => word.startsWith('-'))
const asked = firstOption === -1 ? given : given.slice(0, firstOption)
const options = firstOption === -1 ? [] : given.slice(firstOption)
const unknown = asked.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}.\n`)
  process.exit(2)
}
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  process.stdout.write(`\n## ${name}\n\n`)
  await bench(options)
}
