/** A command as data: what it may be told, how its help reads, and what it does. */
import { harmless } from '../domain/text.ts'
import { exitCodes, Failure, WrongLine } from './fault.ts'
import { helpOf } from './help.ts'
import { nearest } from './nearest.ts'
import { asksForHelp, type OptionValues, parseLine, type PositionalValues } from './parse.ts'
import type { Terminal } from './terminal.ts'

/** What completion offers for a value, beside `choices`. */
export type Offered = 'file' | 'folder' | 'cluster' | 'broker'

export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  /** Stands beside it in the help: begins in lower case, ends without a full stop. */
  readonly summary: string
  readonly short?: string
  /** What stands for its value in the help: NAME, FILE, TIME. */
  readonly placeholder?: string
  /** Its only values. */
  readonly choices?: readonly string[]
  /** Its value where it is not given; the help says it. */
  readonly default?: string
  /** May be given more than once: its value is a list. */
  readonly multiple?: true
  /** Takes so many values, one after the other (`--compare A B`): its value is a list. */
  readonly count?: number
  /** `--no-NAME` says the contrary; undefined where neither is given. */
  readonly negatable?: true
  /** Heading in the help under which it stands; without one: Options. */
  readonly group?: string
  readonly completes?: Offered
}
export type Options = Readonly<Record<string, OptionSpec>>

export interface PositionalSpec {
  readonly summary: string
  readonly placeholder: string
  readonly required?: true
  /** Takes all that are left; only the last may. */
  readonly many?: true
  readonly choices?: readonly string[]
  readonly completes?: Offered
}
export type Positionals = Readonly<Record<string, PositionalSpec>>

/** What was typed, checked and typed as the command declares it. */
export interface Parsed<O extends Options, P extends Positionals> {
  readonly options: OptionValues<O>
  readonly positionals: PositionalValues<P>
}

/** What every command says of itself. */
interface Description {
  /** Without `keepwatch`: `alerts`, or `alerts acknowledge`. */
  readonly name: string
  /** One line: what it does, as a verb, without a full stop. */
  readonly summary: string
  /** Lines of the help between summary and examples. */
  readonly about?: readonly string[]
  /** Lines that may be typed, without `keepwatch`, and what each shows. The first two or three teach most. */
  readonly examples: readonly (readonly [line: string, shows: string])[]
  /** Beside or instead of 0 answered, 1 failed, 2 wrong command line. */
  readonly exitCodes?: Readonly<Record<number, string>>
  readonly subcommands?: readonly Command[]
}

/** A command, whatever its options. */
export interface Command extends Description {
  readonly options: Options
  readonly positionals: Positionals
  /** Reads these arguments (without the command's name) and does it; gives the exit code. */
  readonly call: (args: readonly string[], terminal: Terminal) => Promise<number>
}

interface Definition<O extends Options, P extends Positionals> extends Description {
  readonly options?: O
  readonly positionals?: P
  /**
   * Does it; gives the exit code. Where the command line is wrong in a way that its declaration cannot tell, it throws
   * WrongLine; where something fails that people can change, Failure. Undefined: there are subcommands alone.
   */
  readonly run?: (parsed: Parsed<O, P>, terminal: Terminal) => Promise<number> | number
}

/** Declares a command. `--help` and `-h` come by themselves. */
export function defineCommand<
  const O extends Options = Record<string, never>,
  const P extends Positionals = Record<string, never>,
>(definition: Definition<O, P>): Command {
  const { options, positionals, run, ...description } = definition
  const command: Command = {
    ...description,
    options: options ?? {},
    positionals: positionals ?? {},
    call: async (args, terminal) => {
      const [first = '', ...rest] = args
      const subcommand = subcommandOf(command, first)
      if (subcommand !== undefined) return subcommand.call(rest, terminal)
      try {
        if (asksForHelp(args)) {
          terminal.out(helpOf(command, terminal))
          return exitCodes.answered
        }
        if (run === undefined) throw new WrongLine(lacking(command, args))
        return await run(
          parseLine({ name: command.name, subcommands: subcommandWords(command), options, positionals }, args),
          terminal,
        )
      } catch (error) {
        return tell(error, command, terminal)
      }
    },
  }
  return command
}

/** The subcommand that this word names. */
export function subcommandOf({ name, subcommands = [] }: Command, word: string): Command | undefined {
  return subcommands.find((each) => each.name === `${name} ${word}`)
}

/** Words that may follow the command's name. */
export const subcommandWords = ({ name, subcommands = [] }: Pick<Command, 'name' | 'subcommands'>): string[] =>
  subcommands.map((each) => each.name.slice(name.length + 1))

function lacking(command: Command, [first]: readonly string[]): string {
  const words = subcommandWords(command)
  const list = words.join(', ')
  if (first === undefined) return `one of ${list} is needed`
  return `there is no ${command.name} ${JSON.stringify(harmless(first, 100))}${nearest(first, words)}; there are ${list}`
}

function tell(error: unknown, { name }: Command, { err }: Terminal): number {
  if (error instanceof WrongLine) {
    err(`keepwatch ${name}: ${harmless(error.message, 500)}\nkeepwatch ${name} --help tells how.\n`)
    return exitCodes.wrongLine
  }
  if (!(error instanceof Failure)) throw error
  err(`${harmless(error.message, 1000)}\n`)
  return exitCodes.failed
}
