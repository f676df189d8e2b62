/** The watcher's network: public subnets in two zones, reachable by nobody, and a log of its flows. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { FlowLogDestination, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

export class Network extends Construct {
  readonly vpc: Vpc

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const flows = new LogGroup(this, 'FlowLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      // The watcher only calls out. A public address and no inbound rule do that without a gateway's monthly price.
      natGateways: 0,
      subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
      flowLogs: { all: { destination: FlowLogDestination.toCloudWatchLogs(flows) } },
      // Would need a custom resource, for a group that nothing here belongs to.
      restrictDefaultSecurityGroup: false,
    })
  }
}
