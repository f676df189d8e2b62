/** The application as an installed package runs it: on bundles that were made when it was packed, and without cdk-nag. */
import { join } from 'node:path'
import process from 'node:process'
import { addKeepwatch, newApp } from '../lib/app.ts'
import { readConfiguration } from '../lib/configuration.ts'
import { precompiledIn } from '../lib/precompiled.ts'

const root = process.cwd()
const outcome = readConfiguration(root, process.env['KEEPWATCH_CONFIG'])
if (!outcome.ok) {
  process.stderr.write(`${outcome.message}\n`)
  process.exit(2)
}
const app = newApp(process.env['CDK_OUTDIR'] ?? join(root, 'cdk.out'))
const compile = precompiledIn(join(import.meta.dirname, '..', 'steps'))
addKeepwatch(app, { root, configuration: outcome.configuration, compile })
app.synth()
