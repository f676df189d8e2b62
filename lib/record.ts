/** The record: the five tables, with the key names that the store declares. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { keys } from '../store/keys.ts'
import { type Access, granted } from './access.ts'

interface TableKeys {
  readonly partition: string
  readonly sort: string
  readonly ttl: string
}
interface IndexKeys {
  readonly index: string
  readonly partition: string
  readonly sort: string
}
type TableAction = 'BatchGetItem' | 'BatchWriteItem' | 'DeleteItem' | 'GetItem' | 'PutItem' | 'Query' | 'UpdateItem'

/** A table and its indexes, which it hands out only together with what may be done with them. */
export class RecordTable extends Construct {
  private readonly table: Table

  constructor(
    scope: Construct,
    id: string,
    props: { readonly keys: TableKeys; readonly indexes?: readonly IndexKeys[] },
  ) {
    super(scope, id)
    this.table = new Table(this, 'Table', {
      partitionKey: textKey(props.keys.partition),
      sortKey: textKey(props.keys.sort),
      timeToLiveAttribute: props.keys.ttl,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    for (const { index, partition, sort } of props.indexes ?? []) {
      this.table.addGlobalSecondaryIndex({
        indexName: index,
        partitionKey: textKey(partition),
        sortKey: textKey(sort),
        projectionType: ProjectionType.ALL,
      })
    }
  }

  /** The table's name for a step that may do these things with it, and query these of its indexes. */
  access(actions: readonly TableAction[], ...queried: readonly IndexKeys[]): Access {
    const { tableArn, tableName } = this.table
    const grants = []
    if (actions.length > 0) {
      grants.push({ actions: actions.map((action) => `dynamodb:${action}`), resources: [tableArn] })
    }
    if (queried.length > 0) {
      const indexes = queried.map(({ index }) => `${tableArn}/index/${index}`)
      grants.push({ actions: ['dynamodb:Query'], resources: indexes })
    }
    return granted(tableName, ...grants)
  }
}

/** All tables. They outlive the stack: deleting it must not delete the history. */
export class Record extends Construct {
  readonly events: RecordTable
  readonly samples: RecordTable
  readonly minutes: RecordTable
  readonly state: RecordTable
  readonly alerts: RecordTable

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.events = new RecordTable(this, 'Events', { keys: keys.events, indexes: [keys.eventsByBroker] })
    this.samples = new RecordTable(this, 'Samples', { keys: keys.samples })
    this.minutes = new RecordTable(this, 'Minutes', { keys: keys.minutes })
    this.state = new RecordTable(this, 'State', { keys: keys.state })
    this.alerts = new RecordTable(this, 'Alerts', {
      keys: keys.alerts,
      indexes: [keys.alertsByStatus, keys.alertsByTime],
    })
  }
}

function textKey(name: string) {
  return { name, type: AttributeType.STRING }
}
