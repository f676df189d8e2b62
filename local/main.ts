/** What `npm start` runs: command line → the system → until Ctrl-C. */
import process from 'node:process'
import { readOptions, usage } from './options.ts'
import { start } from './start.ts'

const outcome = readOptions(process.argv.slice(2))
if (outcome.kind === 'start') process.exit(await start(outcome.options))
else if (outcome.kind === 'help') process.stdout.write(usage)
else {
  process.stderr.write(`${outcome.message}\n\n${usage}`)
  process.exitCode = 2
}
