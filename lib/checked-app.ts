/** The CDK application with the checks that a synthesis must pass before anything is deployed. */
import { type App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { newApp } from './app.ts'

/** Its synthesis throws on what cdk-nag or the CDK's own validation finds and nobody acknowledged. */
export function checkedApp(outdir: string): App {
  const app = newApp(outdir)
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return app
}
