import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { afterEach, describe, expect, it } from 'vitest'
import { type Item, putAll, text } from '../../store/table.ts'

// No engine that runs on one machine leaves items unprocessed; DynamoDB does, when it throttles.
const mock = mockClient(DynamoDBClient)
afterEach(() => mock.reset())
const table = { client: new DynamoDBClient({ region: 'eu-central-1' }), table: 'events' }
const items = (count: number): Item[] => Array.from({ length: count }, (_, n) => ({ id: text(String(n)) }))

describe('items that DynamoDB leaves unprocessed', () => {
  it('are written again until all are taken, and no other item is', async () => {
    const written: string[] = []
    let call = 0
    mock.on(BatchWriteItemCommand).callsFake((input) => {
      const requests = input.RequestItems.events
      expect(requests.length).toBeLessThanOrEqual(25)
      call += 1
      const taken = call === 1 ? requests.slice(0, 10) : requests
      written.push(...taken.map((each: { PutRequest: { Item: Item } }) => each.PutRequest.Item['id']?.S ?? ''))
      return { UnprocessedItems: { events: requests.slice(taken.length) } }
    })
    await putAll(table, items(60))
    expect(written.toSorted()).toEqual(
      items(60)
        .map((item) => item['id']?.S ?? '')
        .toSorted(),
    )
  })

  it('are an error in the end, so that the queue delivers them again', async () => {
    mock.on(BatchWriteItemCommand).callsFake((input) => ({ UnprocessedItems: input.RequestItems }))
    await expect(putAll(table, items(1))).rejects.toThrow('left 1 items of table events unwritten')
  })
})
