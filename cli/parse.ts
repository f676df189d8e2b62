/** Reads a command line as its command declares it; what is wrong is told in one line. */
import { parseArgs } from 'node:util'
import { harmless } from '../domain/text.ts'
import type { Options, OptionSpec, Positionals, PositionalSpec } from './command.ts'
import { WrongLine } from './fault.ts'
import { nearest } from './nearest.ts'

type OptionValue<S extends OptionSpec> = S extends { type: 'boolean' }
  ? S extends { negatable: true }
    ? boolean | undefined
    : boolean
  : S extends { multiple: true }
    ? readonly string[]
    : S extends { count: number }
      ? readonly string[] | undefined
      :
          | (S extends { choices: readonly (infer Choice)[] } ? Choice : string)
          | (S extends { default: string } ? never : undefined)

/** Values of options, under their names. */
export type OptionValues<O extends Options> = { readonly [Name in keyof O]: OptionValue<O[Name]> }

type PositionalValue<S extends PositionalSpec> = S extends { many: true }
  ? readonly string[]
  :
      | (S extends { choices: readonly (infer Choice)[] } ? Choice : string)
      | (S extends { required: true } ? never : undefined)

/** Values of positionals, under their names. */
export type PositionalValues<P extends Positionals> = { readonly [Name in keyof P]: PositionalValue<P[Name]> }

interface Declared<O extends Options, P extends Positionals> {
  readonly name: string
  /** Words that name its subcommands. */
  readonly subcommands: readonly string[]
  readonly options: O | undefined
  readonly positionals: P | undefined
}

/**
 * The values that were typed.
 * @throws WrongLine naming what was found, and what may have been meant.
 */
export function parseLine<O extends Options, P extends Positionals>(
  { name, subcommands: known, options, positionals }: Declared<O, P>,
  args: readonly string[],
): { readonly options: OptionValues<O>; readonly positionals: PositionalValues<P> } {
  const { values, words } = readOptions(args, options ?? {})
  const placed = place(words, { name, subcommands: known, positionals: positionals ?? {} })
  if (!areOptions<O>(values, options ?? {}) || !arePositionals<P>(placed, positionals ?? {})) {
    throw new Error(`What keepwatch ${name} declares contradicts itself.`)
  }
  return { options: values, positionals: placed }
}

/** Is `--help` or `-h` before any `--`? It is answered whatever else is wrong. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).some((each) => each === '--help' || each === '-h')
}

type Value = string | boolean | readonly string[] | undefined

function tokensOf(args: readonly string[], options: Options) {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  )
  const help = { type: 'boolean', short: 'h' } as const
  // Not strict: it throws words of its own, and about the first fault alone.
  return parseArgs({ args: [...args], options: { ...config, help }, tokens: true, strict: false }).tokens
}

function readOptions(args: readonly string[], options: Options) {
  const values: Record<string, Value> = {}
  const words: string[] = []
  const tokens = tokensOf(args, options)
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]
    if (token?.kind === 'positional') words.push(token.value)
    if (token?.kind !== 'option') continue
    const { name, value } = optionOf(token, options)
    const spec = options[name]
    if (spec?.count !== undefined && typeof value === 'string') {
      const more = tokens.slice(index + 1, index + spec.count)
      const list = [value, ...more.flatMap((each) => (each.kind === 'positional' ? [each.value] : []))]
      if (list.length < spec.count)
        throw new WrongLine(`--${name} needs ${spec.count} values: --${name} ${placeholderOf(spec)}`)
      index += more.length
      values[name] = list
    } else if (spec?.multiple === true && typeof value === 'string') {
      const before = values[name]
      values[name] = [...(Array.isArray(before) ? before : []), value]
    } else values[name] = value
  }
  for (const [name, { type, default: usual, multiple, negatable }] of Object.entries(options)) {
    values[name] ??= type === 'string' ? (multiple === true ? [] : usual) : negatable === true ? undefined : false
  }
  return { values, words }
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

/** What one option says, once it is known to be one. */
function optionOf({ name, rawName, value, inlineValue }: OptionToken, options: Options) {
  const shown = harmless(rawName, 100)
  const positive = name.startsWith('no-') ? name.slice(3) : ''
  if (!Object.hasOwn(options, name) && Object.hasOwn(options, positive) && options[positive]?.negatable === true) {
    if (value !== undefined) throw new WrongLine(`${shown} takes no value`)
    return { name: positive, value: false }
  }
  const spec = Object.hasOwn(options, name) ? options[name] : undefined
  if (spec === undefined) {
    const hint = rawName.startsWith('--') ? nearest(name, [...Object.keys(options), 'help'], '--') : ''
    throw new WrongLine(`there is no option ${shown}${hint || '; a value that begins with a dash goes after --'}`)
  }
  if (spec.type === 'boolean') {
    if (value !== undefined) throw new WrongLine(`${shown} takes no value`)
    return { name, value: true }
  }
  const wanted = placeholderOf(spec)
  if (value === undefined) throw new WrongLine(`${shown} needs a value: ${shown} ${wanted}`)
  if (inlineValue !== true && value.startsWith('-') && value !== '-') {
    const found = JSON.stringify(harmless(value, 100))
    throw new WrongLine(
      `${shown} needs a value, and ${found} follows; one that begins with a dash is given as --${name}=${wanted}`,
    )
  }
  checkChoice(shown, value, spec.choices)
  return { name, value }
}

function checkChoice(shown: string, value: string, choices: readonly string[] | undefined): void {
  if (choices === undefined || choices.includes(value)) return
  throw new WrongLine(
    `${shown} ${JSON.stringify(harmless(value, 100))}${nearest(value, choices)}: one of ${choices.join(', ')} is needed`,
  )
}

/** Words in the places that they stand for. */
function place(
  words: readonly string[],
  {
    name,
    subcommands: known,
    positionals,
  }: { readonly name: string; readonly subcommands: readonly string[]; readonly positionals: Positionals },
) {
  const left = [...words]
  const placed: Record<string, Value> = {}
  for (const [key, { placeholder, many, required, choices }] of Object.entries(positionals)) {
    const taken = left.splice(0, many === true ? left.length : 1)
    for (const each of taken) checkChoice(placeholder, each, choices)
    if (required === true && taken.length === 0)
      throw new WrongLine(`${placeholder} is needed: ${usageOf(name, positionals)}`)
    placed[key] = many === true ? taken : taken[0]
  }
  const [more] = left
  if (more === undefined) return placed
  const found = JSON.stringify(harmless(more, 100))
  if (known.includes(more)) throw new WrongLine(`${more} goes right behind ${name}: keepwatch ${name} ${more}`)
  if (known.length > 0)
    throw new WrongLine(`there is no ${name} ${found}${nearest(more, known)}; there are ${known.join(', ')}`)
  throw new WrongLine(
    Object.keys(positionals).length === 0
      ? `takes nothing but options: ${found} is none`
      : `${found} is one too many: ${usageOf(name, positionals)}; quote what holds spaces`,
  )
}

/** `explain [CLIENT_ID]`. */
export function usageOf(name: string, positionals: Positionals): string {
  const places = Object.values(positionals).map(({ placeholder, required, many }) => {
    const shown = `${placeholder}${many === true ? '...' : ''}`
    return required === true ? shown : `[${shown}]`
  })
  return [`keepwatch ${name}`, ...places].join(' ')
}

/** What stands for an option's value. */
export const placeholderOf = ({ placeholder, choices }: OptionSpec): string =>
  placeholder ?? (choices === undefined ? 'VALUE' : choices.join('|'))

const isList = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string')

function isOf(value: Value, { choices }: Pick<OptionSpec, 'choices'>): boolean {
  return typeof value === 'string' && (choices === undefined || choices.includes(value))
}

function areOptions<O extends Options>(
  values: Readonly<Record<string, Value>>,
  options: Options,
): values is OptionValues<O> {
  return Object.entries(options).every(([name, spec]) => {
    const value = values[name]
    if (spec.type === 'boolean') return typeof value === 'boolean' || (spec.negatable === true && value === undefined)
    if (spec.multiple === true) return isList(value)
    if (value === undefined) return spec.default === undefined
    return spec.count === undefined ? isOf(value, spec) : isList(value)
  })
}

function arePositionals<P extends Positionals>(
  values: Readonly<Record<string, Value>>,
  positionals: Positionals,
): values is PositionalValues<P> {
  return Object.entries(positionals).every(([name, spec]) => {
    const value = values[name]
    if (spec.many === true) return isList(value)
    return value === undefined ? spec.required !== true : isOf(value, spec)
  })
}
