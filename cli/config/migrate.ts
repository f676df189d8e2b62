/** Reads a file of another form, and prints or writes the configuration that says the same. */
import { readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { checkSettings, faultText } from '../../domain/settings-check.ts'
import { harmless } from '../../domain/text.ts'
import { Failure, WrongLine, wordsOf } from '../fault.ts'
import type { Terminal } from '../terminal.ts'
import { carryOver, readProfile, type SecurityProfile } from './device-defender.ts'
import { renewSettings } from './older.ts'

export interface MigrateOptions {
  /** `-`: standard input. */
  readonly file: string
  readonly into: string | undefined
  readonly cluster: string | undefined
  readonly write: boolean
}

/**
 * Prints or writes the configuration; says what took the place of what.
 * @throws WrongLine, Failure
 */
export function migrate(options: MigrateOptions, terminal: Terminal): { readonly isComplete: boolean } {
  const value = readJson(options.file)
  const profile = readProfile(value)
  if (profile !== undefined) return migrateProfile(profile, options, terminal)
  if (options.into !== undefined || options.cluster !== undefined) {
    throw new WrongLine(`--into and --cluster are for security profiles, and ${options.file} is none`)
  }
  const { file } = options
  const changes = renewSettings(value)
  hold(value, file)
  if (changes.length === 0) {
    terminal.err(`${harmless(file)} is of the present form.\n`)
    if (!options.write) terminal.out(textOf(value))
    return { isComplete: true }
  }
  for (const { path, says } of changes) terminal.err(`${harmless(`${path}: ${says}`, 500)}\n`)
  put(value, options.write ? file : undefined, terminal)
  return { isComplete: changes.every(({ isLost }) => !isLost) }
}

function migrateProfile(
  profile: SecurityProfile,
  { into, cluster, write }: MigrateOptions,
  terminal: Terminal,
): { readonly isComplete: boolean } {
  if (write && into === undefined) throw new WrongLine('--write needs --into: the configuration to write')
  const { limits, left } = carryOver(profile)
  const settings = into === undefined ? freshSettings(cluster) : readJson(into)
  const told = [...left, ...addLimits(settings, { limits, cluster, file: into ?? '' })]
  hold(settings, into ?? 'the new configuration')
  for (const line of told) terminal.err(`${harmless(line, 500)}\n`)
  put(settings, write ? into : undefined, terminal)
  return { isComplete: told.length === 0 }
}

const freshSettings = (cluster = 'aws-iot') => ({ clusters: [{ name: cluster, dialect: 'aws-iot', awsIotRule: true }] })

type Values = Record<string, unknown>
const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

interface Addition {
  readonly limits: object
  readonly cluster: string | undefined
  readonly file: string
}

/** Into the cluster's own thresholds; limits that it has already stay, which is told. */
function addLimits(settings: unknown, { limits, cluster, file }: Addition): string[] {
  const list = isValues(settings) && Array.isArray(settings['clusters']) ? settings['clusters'].filter(isValues) : []
  const names = list.map((each) => String(each['name'])).join(', ')
  if (cluster === undefined && list.length > 1) throw new WrongLine(`--cluster is needed: there are ${names}`)
  const found = cluster === undefined ? list[0] : list.find((each) => each['name'] === cluster)
  if (found === undefined) throw new WrongLine(`${file} has no such cluster; there are ${names || 'none'}`)
  const detection = isValues(found['detection']) ? found['detection'] : {}
  const own = isValues(detection['limits']) ? detection['limits'] : {}
  found['detection'] = { ...detection, limits: { ...limits, ...own } }
  return Object.keys(limits)
    .filter((name) => Object.hasOwn(own, name))
    .map((name) => `${name}: ${file} limits it already (${JSON.stringify(own[name])}); that is kept`)
}

function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file === '-' ? process.stdin.fd : file, 'utf8')
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${wordsOf(error)}`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Failure(`${file} is no JSON: ${wordsOf(error)}`, { cause: error })
  }
}

/** Nothing is printed that Keepwatch would not take. */
function hold(value: unknown, file: string): void {
  const checked = checkSettings(value)
  if (checked.ok) return
  const faults = checked.faults.map((fault) => faultText(fault)).join('; ')
  throw new Failure(`${file} has faults that are not of an older form: ${faults}`)
}

const textOf = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

function put(value: unknown, file: string | undefined, terminal: Terminal): void {
  if (file === undefined) return terminal.out(textOf(value))
  if (file === '-') throw new WrongLine('--write needs a file, not standard input')
  // Written beside and renamed: it is never there by half.
  const target = realpathSync(file)
  const draft = `${target}.${process.pid}.new`
  writeFileSync(draft, textOf(value), { mode: statSync(target).mode & 0o777 })
  renameSync(draft, target)
  terminal.err(`${harmless(file)} is written.\n`)
}
