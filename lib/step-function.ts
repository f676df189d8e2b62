/** A function of the pipeline: the house's defaults, its environment and the grants that come with it. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Environment, Step } from '../lambdas/env.ts'
import type { Uses } from './access.ts'
import { bundle, type Sources } from './bundle.ts'
import { bundleOf } from './bundles.ts'

export interface StepFunctionProps<S extends Step> {
  readonly sources: Sources
  /** Names the folder under lambdas/ and the schema of the environment. */
  readonly step: S
  readonly description: string
  readonly uses: Uses<Environment<S>>
  readonly memoryMiB: number
  readonly timeoutSeconds: number
}

export class StepFunction<S extends Step> extends Construct {
  readonly function: IFunction

  constructor(scope: Construct, id: string, props: StepFunctionProps<S>) {
    super(scope, id)
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    // Our own role: the managed policy for functions may write to every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    const lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      code: Code.fromAsset(bundle(props.sources, bundleOf(props.step))),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: Duration.seconds(props.timeoutSeconds),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      tracing: Tracing.ACTIVE,
    })
    for (const name in props.uses) {
      lambda.addEnvironment(name, props.uses[name].value)
      for (const statement of props.uses[name].statements) role.addToPolicy(statement)
    }
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes traces for no resource in particular: its two write actions allow no narrower one',
    })
    this.function = lambda
  }
}
