import { expect, it } from 'vitest'
import { startSteps } from '../../local/steps.ts'
import { allow, arn, functionWith, roleWith, setStage } from './stage.ts'

it('a queue is not polled for a function whose role may not receive from it', async () => {
  const stage = await setStage(
    {
      Batches: { Type: 'AWS::SQS::Queue' },
      Role: roleWith(allow('sqs:DeleteMessage', arn('Batches'))),
      Step: functionWith('code'),
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { FunctionName: { Ref: 'Step' }, EventSourceArn: arn('Batches') },
      },
    },
    { code: 'export const handler = () => null' },
  )
  const { plan, gateway, teardown } = stage
  try {
    const started = startSteps({ plan, gateway, teardown, verbose: false, say: () => undefined })
    await expect(started).rejects.toThrow(/not authorized to perform: sqs:GetQueueAttributes/)
  } finally {
    await teardown.run()
  }
})
