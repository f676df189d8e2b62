import { createServer } from 'node:http'
import { PublishCommand } from '@aws-sdk/client-sns'
import { expect, it } from 'vitest'
import { listenOnLoopback } from '../../local/loopback.ts'
import {
  linesForPeople,
  postToWebhook,
  type PublishedNotification,
  startNotifications,
} from '../../local/notifications.ts'
import { setStage, until } from './stage.ts'

const notification: PublishedNotification = {
  topicArn: 'arn',
  topic: 'alerts',
  subject: 'subject',
  message: 'text\n\n--- for machines ---\n{"schemaVersion":1}',
  attributes: { kind: 'imbalance' },
  at: '2026-11-22T10:00:00.000Z',
}

it('what is published reaches the listener with subject, text, attributes and the alert’s link; what is published just before the end too', async () => {
  const stage = await setStage({
    Alerts: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'Alerts of the plant' } },
  })
  const heard: PublishedNotification[] = []
  const { stop } = await startNotifications({
    topics: stage.plan.topics,
    clients: stage.administrator,
    gatewayUrl: stage.gateway.url,
    pageUrl: 'http://127.0.0.1:4680',
    say: (line) => void stage.said.push(line),
    listener: (one) => void heard.push(one),
  })
  const publish = async (Message: string) =>
    stage.administrator.sns.send(
      new PublishCommand({
        TopicArn: stage.plan.topics[0]?.arn,
        Subject: 'subject',
        Message,
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'imbalance' } },
      }),
    )
  const aboutAlert = 'text\n\n--- for machines ---\n{"alert":{"id":"plant.imbalance.b@1"}}'
  await publish(aboutAlert)
  await until('the first heard', () => heard.length === 1)
  await publish('last')
  await stop()
  expect(heard.map(({ message, link }) => [message, link])).toEqual([
    [aboutAlert, 'http://127.0.0.1:4680/alerts/plant.imbalance.b%401'],
    ['last', undefined],
  ])
  expect(heard[0]).toMatchObject({
    topic: 'Alerts of the plant',
    subject: 'subject',
    attributes: { kind: 'imbalance' },
  })
  expect(stage.said).toEqual([])
  await stage.teardown.run()
})

it('people see the text without the machine’s part, and nothing in it can act', () => {
  expect(linesForPeople({ subject: 's', message: 'one\u001b[31m\n\ntwo\n--- for machines ---\n{}' })).toEqual([
    String.raw`one\u{1b}[31m`,
    'two',
  ])
})

it('the link stands below the first line', () => {
  const link = 'http://127.0.0.1:4680/alerts/a'
  expect(linesForPeople({ subject: 's', message: 'ALERT\n\nwhy', link })).toEqual(['ALERT', link, 'why'])
})

it.each<[claim: string, answers: number[], requests: number, complaints: number]>([
  ['taken at once', [200], 1, 0],
  ['taken after the server recovered', [500, 429, 200], 3, 0],
  ['not repeated after a client’s fault', [404, 200], 1, 1],
  ['given up after four attempts', [500, 500, 500, 500, 200], 4, 1],
])('a notification is %s', async (_claim, answers, requests, complaints) => {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.writeHead(answers[bodies.length] ?? 500).end()
      bodies.push(Buffer.concat(chunks).toString())
    })
  })
  const port = await listenOnLoopback(server, 0)
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  await postToWebhook(`http://127.0.0.1:${port}/path-with-a-token`, notification, { say, pauseMs: 1 })
  server.closeAllConnections()
  await new Promise((closed) => {
    server.close(closed)
  })
  expect(bodies).toHaveLength(requests)
  expect(JSON.parse(bodies[0] ?? '')).toEqual(notification)
  expect(said).toHaveLength(complaints)
  expect(said.join()).not.toContain('token')
})
