/** What `cdk` runs: reads the configuration and synthesizes the application. Exits with 2 if the configuration is wrong. */
import { join } from 'node:path'
import process from 'node:process'
import { addKeepwatch } from '../lib/app.ts'
import { checkedApp } from '../lib/checked-app.ts'
import { compileFrom } from '../lib/compile.ts'
import { readConfiguration } from '../lib/configuration.ts'

const root = join(import.meta.dirname, '..')
const app = checkedApp(process.env['CDK_OUTDIR'] ?? join(root, 'cdk.out'))
const named: unknown = app.node.tryGetContext('config') ?? process.env['KEEPWATCH_CONFIG']
const outcome = readConfiguration(root, typeof named === 'string' ? named : undefined)
if (!outcome.ok) {
  process.stderr.write(`${outcome.message}\n`)
  process.exit(2)
}
addKeepwatch(app, { root, configuration: outcome.configuration, compile: compileFrom(root) })
app.synth()
