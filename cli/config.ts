/** `keepwatch config`: checks a configuration, prints its schema, or brings one of another form into the present one. */
import { settingsJsonSchemaText } from '../domain/settings-json-schema.ts'
import { checkInputs, readSettings } from '../local/inputs.ts'
import { harmless } from '../domain/text.ts'
import { defineCommand } from './command.ts'
import { migrate } from './config/migrate.ts'
import { exitCodes } from './fault.ts'
import { jsonText } from './render.ts'
import { jsonOption } from './option-sets.ts'

const usualFile = 'keepwatch.json'
const notAll = 3

const file = { placeholder: 'FILE', summary: `the configuration (default ${usualFile})`, completes: 'file' } as const

const check = defineCommand({
  name: 'config check',
  summary: 'names every fault of a configuration at once, and connects to nothing',
  about: ['Whether what it names can be reached is what keepwatch doctor finds out.'],
  examples: [
    ['config check', `checks ${usualFile}`],
    ['config check plant.json --json', 'another one, for a program to read'],
  ],
  positionals: { file },
  options: {
    secrets: {
      type: 'string',
      summary: 'the secrets file (default keepwatch.secrets.json beside the configuration)',
      placeholder: 'FILE',
      completes: 'file',
    },
    ...jsonOption,
  },
  exitCodes: { 0: 'it is right; there may be warnings', 1: 'it has faults, or cannot be read' },
  run: ({ options, positionals }, terminal) => {
    const settingsFile = positionals.file ?? usualFile
    const read = readSettings(settingsFile)
    const checked = read.ok ? checkInputs({ settingsFile, secretsFile: options.secrets }) : read
    const faults = checked.ok ? [] : checked.lines
    const warnings = checked.ok ? checked.warnings : []
    const clusters = read.ok ? read.settings.clusters : []
    const feeds = clusters.reduce((sum, cluster) => sum + cluster.feeds.length, 0)
    if (options.json) terminal.out(jsonText({ ok: checked.ok, file: settingsFile, faults, warnings }))
    else {
      for (const line of [...faults, ...warnings]) terminal.out(`${harmless(line, 500)}\n`)
      if (checked.ok)
        terminal.out(
          `${harmless(settingsFile)} is right: ${count(clusters.length, 'cluster')}, ${count(feeds, 'feed')}.\n`,
        )
    }
    return checked.ok ? exitCodes.answered : exitCodes.failed
  },
})

const schema = defineCommand({
  name: 'config schema',
  summary: 'prints the JSON Schema by which editors complete and check a configuration',
  examples: [['config schema > keepwatch.schema.json', 'for "$schema": "./keepwatch.schema.json"']],
  run: (_, terminal) => {
    terminal.out(settingsJsonSchemaText())
    return exitCodes.answered
  },
})

const migration = defineCommand({
  name: 'config migrate',
  summary: 'brings an older configuration, or a security profile of AWS IoT Device Defender, into the present form',
  about: [
    'The new configuration is printed, or written with --write. What took the place of what, and what cannot be carried over, is said on standard error.',
  ],
  examples: [
    ['config migrate keepwatch.json', 'prints it in the present form'],
    ['config migrate keepwatch.json --write', 'writes it'],
    ['config migrate profile.json --into keepwatch.json', 'limits of a security profile, into a configuration'],
    ['config migrate - < profile.json', 'as a configuration of its own, for AWS IoT Core'],
  ],
  positionals: {
    file: {
      placeholder: 'FILE',
      summary:
        'a configuration, or what `aws iot describe-security-profile` printed; - is standard input (default keepwatch.json)',
      completes: 'file',
    },
  },
  options: {
    into: {
      type: 'string',
      summary: 'the configuration that gets the limits of a security profile',
      placeholder: 'FILE',
      completes: 'file',
    },
    cluster: {
      type: 'string',
      summary: 'its cluster that gets them (default: the only one)',
      placeholder: 'NAME',
    },
    write: { type: 'boolean', summary: 'writes the configuration instead of printing it' },
  },
  exitCodes: {
    0: 'all was carried over, or it is of the present form',
    1: 'it cannot be read, or has faults that are not of an older form',
    [notAll]: 'some of it could not be carried over; standard error says what',
  },
  run: ({ options, positionals }, terminal) => {
    const { isComplete } = migrate({ ...options, file: positionals.file ?? usualFile }, terminal)
    return isComplete ? exitCodes.answered : notAll
  },
})

export const config = defineCommand({
  name: 'config',
  summary: 'checks a configuration, prints its schema, or brings one of another form into the present one',
  examples: [
    ['config check', `every fault of ${usualFile} at once`],
    ['config migrate old.json', 'the same in the present form'],
  ],
  subcommands: [check, schema, migration],
})

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
