/** What the API's description tells of leads, in the template, to the function that answers it. */
import { expect, test } from 'vitest'
import { operations } from '../../api/index.ts'
import { webhookPath } from '../../lambdas/query/openapi-webhook.ts'
import { matchRoute } from '../../local/http-event.ts'
import { synthesized } from './synthesized.ts'
import { resourcesOf, written } from './template.ts'

const template = synthesized()

test('every operation is routed to the function that knows it, and every route has something to answer', () => {
  const integrations = template.findResources('AWS::ApiGatewayV2::Integration')
  const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ properties }) => {
    const integration = integrations[written(properties['Target']).replace(/^.*<|>$/g, '')]
    return {
      key: String(properties['RouteKey']),
      authorization: String(properties['AuthorizationType']),
      functionArn: written(integration?.['Properties'].IntegrationUri),
    }
  })
  const webhook = { method: 'POST', path: webhookPath.replace('{cluster}', 'plant'), step: 'Feed' }
  const asked = operations.map(({ method, path }) => ({
    method: method.toUpperCase(),
    path: path.replace(/:\w+/g, 'x'),
    step: method === 'get' ? 'Query' : 'Operate',
  }))
  const used = [...asked, webhook].map((each) => {
    const route = matchRoute(routes, each)?.route
    expect(route?.functionArn, `${each.method} ${each.path}`).toMatch(new RegExp(`^<${each.step}`))
    return route?.key
  })
  expect(new Set(used)).toEqual(new Set(routes.map(({ key }) => key)))
})
