/** The stack as tests see it: synthesized once for a file, from a configuration that uses every part of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Template } from 'aws-cdk-lib/assertions'
import { addKeepwatch } from '../../lib/app.ts'
import { checkedApp } from '../../lib/checked-app.ts'
import { compileFrom } from '../../lib/compile.ts'
import { readConfiguration } from '../../lib/configuration.ts'

export const root = join(import.meta.dirname, '..', '..')

export const configuration = {
  clusters: [
    {
      name: 'plant',
      dialect: 'mosquitto',
      feeds: [
        { broker: 'm-1', url: 'mqtts://m-1.example:8883', secret: 'plant/watcher' },
        { broker: 'm-2', url: 'mqtts://m-2.example:8883', secret: 'plant/watcher' },
        {
          broker: 'm-3',
          url: 'mqtts://m-3.example:8883',
          secret: 'plant/other',
          api: { url: 'https://m-3.example', secret: 'plant/api' },
        },
      ],
    },
    { name: 'things', dialect: 'aws-iot', awsIotRule: true },
    { name: 'cloud', dialect: 'emqx', webhook: { secret: 'cloud/webhook' } },
  ],
  notify: { emails: ['ops@plant.example'] },
}

/** Synthesizes with cdk-nag and the CloudFormation validation; throws what they find. */
export function synthesized(settings: object = configuration): Template {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-synth-'))
  try {
    const file = join(folder, 'keepwatch.json')
    writeFileSync(file, JSON.stringify(settings))
    const outcome = readConfiguration(root, file)
    if (!outcome.ok) throw new Error(outcome.message)
    const app = checkedApp(join(folder, 'cdk.out'))
    const sources = { root, configuration: outcome.configuration, compile: compileFrom(root) }
    return Template.fromStack(addKeepwatch(app, sources))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
