/** Help of a command, made of its declaration: what it does, examples that teach, options, exit codes. Pure. */
import type { Command, Options, Positionals } from './command.ts'
import { exitCodes } from './fault.ts'
import { placeholderOf, usageOf } from './parse.ts'
import { wrapped } from './render.ts'
import type { Terminal } from './terminal.ts'

const widest = 100
const narrowest = 60
/** Where words stand beside names; longer names stand on a line of their own. */
const wordsAt = 24

/** Codes that every command has; its own stand before them. */
const usualCodes: Readonly<Record<number, string>> = {
  [exitCodes.answered]: 'it is done, or answered',
  [exitCodes.failed]: 'it failed: standard error says why',
  [exitCodes.wrongLine]: 'the command line is wrong',
}

/** Exit codes of a command with what each means. */
export function codesOf({ exitCodes: own = {} }: Pick<Command, 'exitCodes'>): Readonly<Record<number, string>> {
  return { ...usualCodes, ...own }
}

/** The whole help. */
export function helpOf(command: Command, terminal: Pick<Terminal, 'columns' | 'hasColours'>): string {
  const columns = widthOf(terminal)
  const { name, summary, about = [], positionals, subcommands = [] } = command
  const hasOptions = Object.keys(command.options).length > 0 ? ' [options]' : ''
  const usage = subcommands.length > 0 ? `keepwatch ${name} [COMMAND]` : usageOf(name, positionals)
  const heading = (words: string) => (terminal.hasColours ? `\u001B[1m${words}\u001B[22m` : words)
  const sections: [string, readonly Row[]][] = [
    ['Commands', subcommands.map((each) => [each.name.slice(name.length + 1), each.summary])],
    ['Arguments', placesOf(positionals)],
    ...groupsOf(command.options),
    ['Exit codes', Object.entries(codesOf(command))],
  ]
  return [
    ...wrapped(`${capital(summary)}.`, columns),
    '',
    `${heading('Usage:')} ${usage}${hasOptions}`,
    // What is indented stays as it is, below the words before it.
    ...about.flatMap((each) => (each.startsWith(' ') ? [each] : ['', ...wrapped(each, columns)])),
    ...examplesOf(command, heading),
    ...sections.flatMap(([title, rows]) =>
      rows.length === 0 ? [] : ['', heading(title), ...rows.flatMap((row) => beside(row, { columns, at: wordsAt }))],
    ),
    '',
  ].join('\n')
}

/** Help of `keepwatch` itself: what there is. */
export function listOf(
  commands: readonly { readonly name: string; readonly summary: string }[],
  terminal: Pick<Terminal, 'columns' | 'hasColours'>,
): string {
  const columns = widthOf(terminal)
  const lines = commands.flatMap(({ name, summary }) => beside([name, summary], { columns, at: 14 }))
  const more = ['keepwatch COMMAND --help', 'tells the options of one, with examples']
  return `Flight recorder and early-warning system for MQTT connections.

Usage: keepwatch COMMAND [options]

${lines.join('\n')}

${more.join('   ')}
keepwatch --version
`
}

const widthOf = ({ columns }: Pick<Terminal, 'columns'>): number =>
  Math.max(narrowest, Math.min(columns ?? widest, widest))

type Row = readonly [name: string, words: string]

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** What is to be copied stays whole; what it shows stands beside it, or above it where it is long. */
function examplesOf({ examples }: Command, heading: (words: string) => string): string[] {
  if (examples.length === 0) return []
  const longest = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.flatMap(([line, shows]) => {
    const whole = `  keepwatch ${line.padEnd(longest)}   # ${shows}`
    return whole.length <= widest ? [whole] : [`  # ${shows}`, `  keepwatch ${line}`]
  })
  return ['', heading('Examples'), ...lines]
}

const placesOf = (positionals: Positionals): Row[] =>
  Object.values(positionals).map(({ placeholder, summary, choices }) => [
    placeholder,
    choices === undefined ? summary : `${summary}: ${choices.join(', ')}`,
  ])

function groupsOf(options: Options): [string, Row[]][] {
  const groups = new Map<string, Row[]>([['Options', []]])
  for (const [name, spec] of Object.entries(options)) {
    const { short, group = 'Options', choices, placeholder, summary } = spec
    const value = spec.type === 'boolean' ? '' : ` ${placeholderOf(spec)}`
    const shown = `${short === undefined ? '' : `-${short}, `}--${spec.negatable === true ? '[no-]' : ''}${name}${value}`
    const list = choices !== undefined && placeholder !== undefined ? `: ${choices.join(', ')}` : ''
    const usual = spec.default === undefined ? '' : ` (default ${spec.default})`
    groups.set(group, [...(groups.get(group) ?? []), [shown, `${summary}${list}${usual}`]])
  }
  groups.get('Options')?.push(['-h, --help', 'this text'])
  return [...groups]
}

function beside([name, words]: Row, { columns, at }: { readonly columns: number; readonly at: number }): string[] {
  const [first = '', ...more] = wrapped(words, columns - at)
  const indented = more.map((line) => `${' '.repeat(at)}${line}`)
  const shown = `  ${name}`
  return shown.length + 2 > at
    ? [shown, `${' '.repeat(at)}${first}`, ...indented]
    : [`${shown.padEnd(at)}${first}`, ...indented]
}
