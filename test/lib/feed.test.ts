/** What the webhook may do and cost, and that it is there only where the configuration asks for it. */
import { describe, expect, test } from 'vitest'
import { configuration, synthesized } from './synthesized.ts'
import { allowances, resourcesOf, written } from './template.ts'

const template = synthesized({
  clusters: [
    { name: 'cloud', dialect: 'emqx', webhook: { secret: 'cloud/webhook' } },
    { name: 'edge', dialect: 'emqx', webhook: { secret: 'edge/webhook' } },
    { name: 'again', dialect: 'emqx', webhook: { secret: 'cloud/webhook' } },
  ],
})
const key = 'POST /v1/feeds/{cluster}'
const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route')
const stages = resourcesOf(template, 'AWS::ApiGatewayV2::Stage')

describe('the webhook', () => {
  test('its function may send batches and read exactly the named secrets, nothing else', () => {
    const granted = allowances(template)
      .filter(({ role, action }) => role.startsWith('<Feed') && !/^(logs|xray):/.test(action))
      .map(({ action, resource }) => [action, resource.split(':secret:').at(-1)])
    expect(granted).toEqual([
      ['secretsmanager:GetSecretValue', 'cloud/webhook-??????'],
      ['secretsmanager:GetSecretValue', 'edge/webhook-??????'],
      ['sqs:SendMessage', expect.stringMatching(/^<IngestBatches\w+\.Arn>$/)],
    ])
  })

  test('its route asks for no signature, and has limits and figures of its own', () => {
    const [route] = routes.filter(({ properties }) => properties['RouteKey'] === key)
    expect(route?.properties).toMatchObject({ AuthorizationType: 'NONE' })
    const [stage] = stages
    expect(stage?.properties['RouteSettings']).toMatchObject({
      [key]: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 500, DetailedMetricsEnabled: true },
    })
    // CloudFormation refuses settings for a route that is not there yet.
    expect(stage?.resource['DependsOn']).toContain(route?.id)
  })

  test('its alarms look at the figures of its route alone', () => {
    const looked = resourcesOf(template, 'AWS::CloudWatch::Alarm')
      .filter(({ id }) => id.startsWith('Feed'))
      .map(({ properties: it }) => [
        it['MetricName'],
        Object.fromEntries(it['Dimensions'].map((each: any) => [each.Name, written(each.Value)])),
      ])
    const route = {
      ApiId: expect.any(String),
      Method: 'POST',
      Resource: '/v1/feeds/{cluster}',
      Stage: expect.any(String),
    }
    expect(looked).toEqual([
      ['5xx', route],
      ['4xx', route],
    ])
  })

  test('where every event is pushed, nothing watches', () => {
    expect(resourcesOf(template, 'AWS::ECS::Service')).toEqual([])
  })
})

test('without a cluster that has one there is no route', () => {
  const clusters = configuration.clusters.filter((cluster) => !('webhook' in cluster))
  const without = resourcesOf(synthesized({ ...configuration, clusters }), 'AWS::ApiGatewayV2::Route')
  expect(without.map(({ properties }) => properties['RouteKey'])).not.toContain(key)
})
