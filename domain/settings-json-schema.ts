/** The JSON Schema by which editors complete and check `keepwatch.json`, derived from the settings schema. */
import * as z from 'zod/mini'
import { SettingsSchema } from './settings.ts'

/** The schema as the text of `keepwatch.schema.json`; the same text for the same settings schema. */
export function settingsJsonSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(SettingsSchema, { io: 'input' })
  const schema = {
    $schema,
    title: 'Keepwatch configuration',
    description: 'Clusters to watch, thresholds, and who is told. Secrets are named here and kept elsewhere.',
    ...rest,
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}
