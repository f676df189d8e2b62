/** Runs the long form of the chaos test: `node test/chaos/main.ts --minutes 10 --clients 5000`. */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { printTable } from '../../bench/table.ts'
import { faultNames } from './faults.ts'
import { isGood, runChaos } from './run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    clients: { type: 'string', default: '2000' },
    storm: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    'longest-fault': { type: 'string', default: '30' },
    only: { type: 'string', multiple: true },
    alone: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`Options: --minutes N --clients N --storm N (clients of one storm) --seed N --json --keep (the folder with all logs)
--alone (one watcher instead of two: nobody makes up for what it loses)
--longest-fault SECONDS --only FAULT (more than once: ${faultNames.join(', ')})\n`)
  process.exit(0)
}

const time = (atMs: number) => new Date(atMs).toISOString()
process.stderr.write(`seed ${values.seed}\n`)
const outcome = await runChaos({
  seed: Number(values.seed),
  clients: Number(values.clients),
  meanStayMs: 10_000,
  stormSize: Number(values.storm),
  longestMs: Number(values['longest-fault']) * 1000,
  longestCalmMs: 5000,
  lasts: Number(values.minutes) * 60_000,
  ...(values.only ? { only: values.only } : {}),
  alone: values.alone,
  keep: values.keep,
  say: (line) => void process.stderr.write(`${line}\n`),
})
const { faults, unexplained, surplus, endless, falseEnds, gaps, ...figures } = outcome
if (values.json) process.stdout.write(`${JSON.stringify(outcome)}\n`)
else {
  printTable(Object.entries(faults).map(([fault, times]) => ({ fault, times })))
  process.stdout.write('\n')
  const counts = { unexplained, falseEnds, endless, gaps }
  const lengths = Object.fromEntries(Object.entries(counts).map(([what, list]) => [what, list.length]))
  printTable(Object.entries({ ...figures, ...lengths }).map(([what, figure]) => ({ what, figure })))
  for (const { line } of unexplained.slice(0, 50)) process.stdout.write(`\nnot stored: ${line}`)
  for (const key of surplus.slice(0, 50)) process.stdout.write(`\nstored too often: ${key}`)
  for (const { clientId, beganMs, atMs } of falseEnds.slice(0, 50))
    process.stdout.write(`\nconcluded falsely: ${clientId}, which began ${time(beganMs)}, to have ended ${time(atMs)}`)
  for (const { watcher, from, until, reason } of gaps)
    process.stdout.write(`\ngap of ${watcher}: ${from} to ${until}, ${reason}`)
  for (const { clientId, beganMs } of endless.slice(0, 50))
    process.stdout.write(`\nwithout an end: ${clientId}, which began ${time(beganMs)}`)
  process.stdout.write('\n')
}
process.exit(isGood(outcome) ? 0 : 1)
