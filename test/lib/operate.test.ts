/** The routes that act: which there are, what they may cost, and who watches over them. */
import { describe, expect, test } from 'vitest'
import { acts } from '../../api/acts.ts'
import { synthesized } from './synthesized.ts'
import { resourcesOf, written } from './template.ts'

const template = synthesized()
const keys = ['POST /v1/{proxy+}', 'DELETE /v1/{proxy+}']

describe('the routes that act', () => {
  test('ask for a signature and lead to the operate function', () => {
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ properties }) => properties)
    const own = routes.filter(({ RouteKey }) => keys.includes(RouteKey))
    expect(own.map(({ AuthorizationType }) => AuthorizationType)).toEqual(['AWS_IAM', 'AWS_IAM'])
    const integrations = template.findResources('AWS::ApiGatewayV2::Integration')
    for (const { Target } of own) {
      const uri = integrations[written(Target).replace(/^.*<|>$/g, '')]?.['Properties'].IntegrationUri
      expect(written(uri)).toMatch(/^<OperateStep/)
    }
    expect(new Set(acts.map(({ method }) => `${method.toUpperCase()} /v1/{proxy+}`))).toEqual(new Set(keys))
  })

  test('have limits and figures of their own, beside those of the webhook', () => {
    const [stage] = resourcesOf(template, 'AWS::ApiGatewayV2::Stage')
    const settings = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 100, DetailedMetricsEnabled: true }
    expect(stage?.properties['RouteSettings']).toEqual({
      ...Object.fromEntries(keys.map((key) => [key, settings])),
      'POST /v1/feeds/{cluster}': expect.objectContaining({ DetailedMetricsEnabled: true }),
    })
  })

  test('ring by the sum of both routes’ server errors', () => {
    const [alarm] = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(({ id }) => id.startsWith('Operate'))
    const metrics: any[] = alarm?.properties['Metrics']
    expect(metrics.find(({ Expression }) => Expression)?.Expression).toBe('FILL(post, 0) + FILL(remove, 0)')
    const figures = metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])
    const looked = figures.map(({ MetricName, Dimensions }) => [
      MetricName,
      Dimensions.find(({ Name }: { Name: string }) => Name === 'Method').Value,
    ])
    expect(looked).toEqual([
      ['5xx', 'POST'],
      ['5xx', 'DELETE'],
    ])
  })
})
