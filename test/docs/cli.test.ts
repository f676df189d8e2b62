import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands } from '../../cli/commands.ts'
import { spanOptions, targetOptions } from '../../cli/option-sets.ts'
import { rowOf } from './cli-rows.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')

test('docs/cli.md names every command with what it does and its exit codes, and no other', async () => {
  const loaded = await Promise.all(commands.map(async ({ load }) => load()))
  const rows = loaded.flatMap((command) => [command, ...(command.subcommands ?? [])].map(rowOf))
  expect(text.split('\n').filter((line) => line.startsWith('| `keepwatch '))).toEqual(rows)
})

test('docs/cli.md names every option that says where to ask, and about which time', () => {
  for (const name of Object.keys({ ...targetOptions, ...spanOptions })) expect(text).toContain(`--${name}`)
})
