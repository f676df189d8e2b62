/** The CDK application: the stack, its tags, and the checks that a synthesis must pass. */
import { App, Tags, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import cdkJson from '../cdk.json' with { type: 'json' }
import type { Sources } from './bundle.ts'
import { KeepwatchStack } from './keepwatch-stack.ts'

/**
 * An application with the feature flags of cdk.json, also when not started by the CDK's own command. Its synthesis
 * throws on what cdk-nag or the CDK's own validation finds and nobody acknowledged.
 */
export function checkedApp(outdir: string): App {
  const app = new App({ context: cdkJson.context, analyticsReporting: false, outdir })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return app
}

/** Adds everything that Keepwatch deploys to an application. */
export function addKeepwatch(app: App, sources: Sources): KeepwatchStack {
  const stack = new KeepwatchStack(app, 'Keepwatch', {
    sources,
    description: 'Keepwatch: flight recorder and early-warning system for MQTT connections',
  })
  Tags.of(app).add('application', 'keepwatch')
  return stack
}
