/** Writes keepwatch.schema.json, by which editors complete and check a configuration. */
import { writeFileSync } from 'node:fs'
import { settingsJsonSchemaText } from '../domain/settings-json-schema.ts'

writeFileSync(new URL('../keepwatch.schema.json', import.meta.url), settingsJsonSchemaText())
