/** Prints benchmarks, each beside its limit or a peer in the same run: `npm run bench -- ingest`, or all of them. */
import process from 'node:process'
import { benchIngest } from './ingest.ts'
import { benchWatcher } from './watcher.ts'

const benches: Readonly<Record<string, () => Promise<void>>> = { ingest: benchIngest, watcher: benchWatcher }
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}.\n`)
  process.exit(2)
}
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  process.stdout.write(`\n## ${name}\n\n`)
  await bench()
}
