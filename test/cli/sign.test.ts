import { AwsV4Signer } from 'aws4fetch'
import { expect, test } from 'vitest'
import { signable, signer } from '../../cli/sign.ts'

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const signing = { region: 'eu-central-1', credentials: async () => keys }
const atMs = Date.parse('2026-11-22T10:00:00Z')
const origin = 'https://abc123.execute-api.eu-central-1.amazonaws.com'

test.each([
  ['GET', '/v1/brokers', undefined],
  ['GET', '/v1/clients?clientId=pump+17%2B%2F*~%C3%A4&cluster=plant&from=2026-11-22T10%3A00%3A00.000Z', undefined],
  ['GET', '/v1/clusters/plant/brokers/emqx%40node%201/events?type=connected&limit=5', undefined],
  ['POST', '/v1/alerts/plant.disconnect_rate.b1.20261102T090100Z/verify', '{"verdict":"benign","note":"Wartung ü"}'],
  ['DELETE', '/v1/silences/plant.x_1', undefined],
])('is asked with a signature that another implementation makes too: %s %s', async (method, path, body) => {
  const url = signable(`${origin}${path}`)
  for (const sessionToken of [undefined, 'a-session/token=']) {
    const sign = signer({ ...signing, credentials: async () => ({ ...keys, sessionToken }) }, () => atMs)
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const headers = await sign({ method, url, headers: type, body })
    const { host: _, authorization, ...signed } = headers
    const other = new AwsV4Signer({
      ...keys,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...(body === undefined ? {} : { body }),
      method,
      url,
      headers: signed,
      allHeaders: true,
      service: 'execute-api',
      region: 'eu-central-1',
      datetime: '20261122T100000Z',
    })
    const { headers: theirs, url: sent } = await other.sign()
    expect(authorization).toBe(theirs.get('authorization'))
    expect(sent.href).toBe(url)
  }
})
