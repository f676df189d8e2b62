/** Silences in the state table: what operators do not want to be told of for a while. */
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { type Silence, SilenceSchema } from '../domain/silence.ts'
import { keys } from './keys.ts'
import { readItems, stateKey } from './state-item.ts'
import { contentOf, expiresAt, type Table, text } from './table.ts'

/** A silence is read so long after its end: minutes are judged late, and people look for what was silent. */
const keptDays = 7

/** A silence's id begins with its cluster. */
const keyOf = (id: string) => stateKey(id.split('.')[0] ?? '', `silence#${id}`)

export async function writeSilence({ client, table }: Table, silence: Silence): Promise<void> {
  const item = {
    ...keyOf(silence.id),
    [keys.state.ttl]: expiresAt(Date.parse(silence.to), keptDays),
    content: text(JSON.stringify(silence)),
  }
  await client.send(new PutItemCommand({ TableName: table, Item: item }))
}

/** Removes a silence; undefined when there is none of this id. */
export async function removeSilence({ client, table }: Table, id: string): Promise<Silence | undefined> {
  const answer = await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(id), ReturnValues: 'ALL_OLD' }))
  return answer.Attributes === undefined ? undefined : SilenceSchema.parse(contentOf(answer.Attributes))
}

/** Silences of a cluster: those to come, those in force, and those that ended a few days ago. */
export async function silencesOf(table: Table, cluster: string): Promise<Silence[]> {
  const silences: Silence[] = []
  for await (const item of readItems(table, cluster, 'silence#', 'silence$')) {
    silences.push(SilenceSchema.parse(contentOf(item)))
  }
  return silences
}
