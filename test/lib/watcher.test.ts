/** What the stack promises of the watcher's container and of the alarms. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { WatcherEnvironmentSchema } from '../../watcher/env.ts'
import { root, synthesized } from './synthesized.ts'
import { type Properties, resourcesOf, statementsOf, written } from './template.ts'

const template = synthesized()

describe('watcher', () => {
  const tasks = resourcesOf(template, 'AWS::ECS::TaskDefinition').map(({ properties }) => properties)
  const containers: Properties[] = tasks.flatMap((task) => task['ContainerDefinitions'])

  test('is one container on ARM that writes nothing, may do nothing special, and has two minutes to leave', () => {
    expect(tasks).toMatchObject([{ RuntimePlatform: { CpuArchitecture: 'ARM64' }, Cpu: '256', Memory: '512' }])
    expect(containers).toMatchObject([
      {
        ReadonlyRootFilesystem: true,
        StopTimeout: 120,
        Command: ['node', 'main.mjs'],
        HealthCheck: { Command: ['CMD', 'node', 'main.mjs', '--health'] },
        LinuxParameters: { InitProcessEnabled: true, Capabilities: { Drop: ['ALL'] } },
      },
    ])
  })
  test('is not root, neither in the task nor in the image', () => {
    expect(containers.map((container) => container['User'])).toEqual(['node'])
    const dockerfile = readFileSync(join(root, 'watcher', 'Dockerfile'), 'utf8')
    expect(dockerfile.match(/^USER (.*)$/gm)).toEqual(['USER node'])
  })
  test('gets exactly the environment that its schema asks for', () => {
    const variables: Properties[] = containers.flatMap((container) => container['Environment'])
    const texts = Object.fromEntries(variables.map((it) => [it['Name'], written(it['Value'])]))
    expect(WatcherEnvironmentSchema.parse(texts)).toEqual(texts)
  })
  test('never runs twice in one slot, also not during a deployment', () => {
    const services = resourcesOf(template, 'AWS::ECS::Service').map(({ properties }) => properties)
    expect(services).toMatchObject([
      {
        DesiredCount: 1,
        DeploymentConfiguration: { MinimumHealthyPercent: 0, MaximumPercent: 100 },
        AvailabilityZoneRebalancing: 'DISABLED',
      },
    ])
  })
  test('can be reached by nobody', () => {
    const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup')
    expect(groups.map(({ properties }) => properties['SecurityGroupIngress'])).toEqual([undefined])
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0)
  })
})

describe('alarms', () => {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties)
  const nameOf = (alarm: Properties): string => alarm['AlarmName'].replace(/^Keepwatch-/, '')
  const runbook = readFileSync(join(root, 'docs', 'runbook.md'), 'utf8')
    .split(/^## /m)
    .slice(1)
  const headings = runbook.map((section) => section.slice(0, section.indexOf('\n')))

  test('each has its heading in the runbook, and each heading its alarm', () => {
    expect(alarms.length).toBeGreaterThan(0)
    expect(headings.toSorted((a, b) => a.localeCompare(b))).toEqual(
      alarms.map(nameOf).toSorted((a, b) => a.localeCompare(b)),
    )
  })
  test.each(alarms.map((alarm) => [nameOf(alarm), alarm] as const))('%s links to its heading', (name, alarm) => {
    expect(alarm['AlarmDescription']).toMatch(new RegExp(`docs/runbook\\.md#${name}$`))
  })
  test.each(headings.map((heading, index) => [heading, runbook[index]] as const))(
    'the runbook says of %s what it means, where to look and what to do',
    (_, section) => {
      expect(section?.match(/^\*\*\w+\.\*\*/gm)).toEqual(['**Description.**', '**Investigation.**', '**Resolution.**'])
    },
  )
  test('all reach a topic that lets alarms publish', () => {
    const open = statementsOf(template, 'AWS::SNS::TopicPolicy')
      .filter((it) => it['Effect'] === 'Allow' && it['Principal'].Service === 'cloudwatch.amazonaws.com')
      .map((it) => written(it['Resource']))
    const reached = alarms.map((alarm) => alarm['AlarmActions'].map(written))
    expect(reached).toEqual(alarms.map(() => open))
  })
  test('what must keep running rings also when no figure comes', () => {
    const loud = alarms.filter((it) => it['TreatMissingData'] === 'breaching').map(nameOf)
    expect(new Set(loud)).toEqual(new Set(['analyze-not-run', 'watcher-not-running']))
  })
})
