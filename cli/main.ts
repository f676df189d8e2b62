/** What `npm run keepwatch -- <command>` runs: finds the command, and leaves the rest to its file. */
import process from 'node:process'
import { processTerminal, type Terminal } from './terminal.ts'

interface Command {
  readonly says: string
  /** Its file is loaded when it is called. */
  readonly load: () => Promise<(args: readonly string[], terminal: Terminal) => Promise<number>>
}

const commands: Readonly<Record<string, Command>> = {
  doctor: {
    says: 'connects to what the configuration names, and says what is wrong and what to change',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  explain: {
    says: 'says why the connections of a client, a broker or a cluster end, and what to do',
    load: async () => (await import('./explain.ts')).explain,
  },
  import: {
    says: 'reads what clients saw of their own connections out of logs, and sends it to a webhook',
    load: async () => (await import('./import.ts')).importClaims,
  },
  replay: {
    says: 'runs the analysis over recorded minutes: which alerts there would have been',
    load: async () => (await import('./replay.ts')).replay,
  },
}

const usage = `npm run keepwatch -- COMMAND [options]

${Object.entries(commands)
  .map(([name, { says }]) => `  ${name.padEnd(10)}${says}`)
  .join('\n')}

npm run keepwatch -- COMMAND --help tells the options of one.
`

const [name = '--help', ...args] = process.argv.slice(2)
const terminal = processTerminal()
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command !== undefined) {
  process.exitCode = await (await command.load())(args, terminal)
} else if (name === '--help' || name === '-h') {
  terminal.out(usage)
} else {
  terminal.err(`There is no command ${JSON.stringify(name.slice(0, 100))}.\n\n${usage}`)
  process.exitCode = 2
}
