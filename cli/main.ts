/** What `keepwatch COMMAND` runs: finds the command, and leaves the rest to its file. */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import * as z from 'zod/mini'
import { harmless } from '../domain/text.ts'
import { commands } from './commands.ts'
import { exitCodes } from './fault.ts'
import { listOf } from './help.ts'
import { nearest } from './nearest.ts'
import { processTerminal } from './terminal.ts'

const [name = '--help', ...args] = process.argv.slice(2)
const terminal = processTerminal()
process.exitCode = await run()

async function run(): Promise<number> {
  const command = commands.find((each) => each.name === name)
  if (command !== undefined) return (await command.load()).call(args, terminal)
  if (name === 'help') return help(args[0])
  // What the scripts of `keepwatch completion` ask, after `--`.
  if (name === 'complete') return (await import('./completion.ts')).complete(args.slice(1), commands)
  if (name === '--help' || name === '-h') return help(undefined)
  if (name === '--version' || name === '-V') {
    terminal.out(`${versionOf()}\n`)
    return exitCodes.answered
  }
  const what = name.startsWith('-') ? 'option' : 'command'
  const names = commands.map((each) => each.name)
  const hint = nearest(name, names)
  terminal.err(
    `keepwatch: there is no ${what} ${JSON.stringify(harmless(name, 100))}${hint}\nkeepwatch --help tells what there is.\n`,
  )
  return exitCodes.wrongLine
}

async function help(of: string | undefined): Promise<number> {
  const command = commands.find((each) => each.name === of)
  if (command !== undefined) return (await command.load()).call(['--help'], terminal)
  terminal.out(listOf(commands, terminal))
  return exitCodes.answered
}

function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return z.parse(z.object({ version: z.string() }), JSON.parse(text)).version
}
