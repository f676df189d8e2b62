/** The committed JSON Schema of the configuration is the one that the settings schema gives today. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { settingsJsonSchemaText } from '../../domain/settings-json-schema.ts'
import { root } from './synthesized.ts'

const committed = readFileSync(join(root, 'keepwatch.schema.json'), 'utf8')

test('keepwatch.schema.json is current; `npm run schema` writes it', () => {
  expect(committed).toBe(settingsJsonSchemaText())
})
test('editors are shown a description of each setting of a feed and its connection', () => {
  const { feeds } = JSON.parse(committed).properties.clusters.items.properties
  const { connection, ...others } = feeds.items.properties
  const settings: Record<string, object> = { ...others, ...connection.properties }
  const silent = Object.keys(settings).filter((name) => !Object.hasOwn(settings[name] ?? {}, 'description'))
  expect(silent).toEqual([])
})
