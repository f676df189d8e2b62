/** The CDK application: the stack and its tags. */
import { App, Tags } from 'aws-cdk-lib'
import cdkJson from '../cdk.json' with { type: 'json' }
import type { Sources } from './bundle.ts'
import { KeepwatchStack } from './keepwatch-stack.ts'

/** An application with the feature flags of cdk.json, also when not started by the CDK's own command. */
export function newApp(outdir: string): App {
  return new App({ context: cdkJson.context, analyticsReporting: false, outdir })
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
