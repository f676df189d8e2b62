/** Stage ingest: the queue that takes batches, the function that stores them, and where the unstorable go. */
import { Duration } from 'aws-cdk-lib'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { type Access, granted, plain } from './access.ts'
import { settingsFile, type Sources } from './bundle.ts'
import { alarmPeriod, type Operations } from './operations.ts'
import type { Record } from './record.ts'
import { StepFunction } from './step-function.ts'

const timeoutSeconds = 30

export interface IngestProps {
  readonly sources: Sources
  readonly record: Record
  readonly operations: Operations
}

export class Ingest extends Construct {
  private readonly batches: Queue
  private readonly rejected: Queue

  constructor(scope: Construct, id: string, { sources, record, operations }: IngestProps) {
    super(scope, id)
    this.rejected = new Queue(this, 'Rejected', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    this.batches = new Queue(this, 'Batches', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the function's: Lambda may hold a message through throttling before it is tried.
      visibilityTimeout: Duration.seconds(6 * timeoutSeconds),
      // A message's age counts on in the dead-letter queue: shorter here, so that time is left there.
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.rejected, maxReceiveCount: 5 },
    })
    const { function: ingest } = new StepFunction(this, 'Step', {
      sources,
      step: 'ingest',
      description: 'Keepwatch: stores batches of events, samples, gaps and coverage',
      memoryMiB: 512,
      timeoutSeconds,
      uses: {
        SETTINGS_FILE: plain(settingsFile),
        EVENTS_TABLE: record.events.access(['BatchWriteItem', 'Query']),
        SAMPLES_TABLE: record.samples.access(['BatchWriteItem']),
        STATE_TABLE: record.state.access(['GetItem', 'PutItem', 'Query']),
        REJECTED_QUEUE_URL: sendingTo(this.rejected),
      },
    })
    ingest.addEventSource(
      new SqsEventSource(this.batches, {
        batchSize: 10,
        maxBatchingWindow: Duration.seconds(1),
        maxConcurrency: 8,
        reportBatchItemFailures: true,
      }),
    )
    operations.alarm(this, {
      name: 'rejected-batches',
      means: 'Batches that could not be stored wait in the dead-letter queue.',
      metric: this.rejected.metricApproximateNumberOfMessagesVisible({ period: alarmPeriod, statistic: 'Maximum' }),
      threshold: 1,
      periods: 1,
    })
    operations.alarm(this, {
      name: 'ingest-errors',
      means: 'The ingest function keeps failing.',
      metric: ingest.metricErrors({ period: alarmPeriod }),
      threshold: 1,
      periods: 5,
      breaches: 3,
    })
    operations.alarm(this, {
      name: 'ingest-behind',
      means: 'Batches wait more than five minutes to be stored, or ingest does not run.',
      metric: this.batches.metricApproximateAgeOfOldestMessage({ period: alarmPeriod, statistic: 'Maximum' }),
      threshold: 300,
      periods: 3,
    })
  }

  /** The queue's address for whoever ships batches. */
  shipping(): Access {
    return sendingTo(this.batches)
  }

  /** The dead-letter queue's address for whoever could not put something into the other. */
  rejecting(): Access {
    return sendingTo(this.rejected)
  }
}

function sendingTo(queue: Queue): Access {
  return granted(queue.queueUrl, { actions: ['sqs:SendMessage'], resources: [queue.queueArn] })
}
