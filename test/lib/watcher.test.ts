/** What the stack promises of the watchers' containers and of the alarms. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SettingsSchema } from '../../domain/settings.ts'
import { slotsOf } from '../../lib/watch.ts'
import { WatcherEnvironmentSchema } from '../../watcher/env.ts'
import { root, synthesized } from './synthesized.ts'
import { type Properties, resourcesOf, statementsOf, written } from './template.ts'

const template = synthesized()

describe('watchers', () => {
  const tasks = resourcesOf(template, 'AWS::ECS::TaskDefinition').map(({ properties }) => properties)
  const containers: Properties[] = tasks.flatMap((task) => task['ContainerDefinitions'])
  const services = resourcesOf(template, 'AWS::ECS::Service')
  const environments = containers.map((container): Record<string, string> => {
    const variables: Properties[] = container['Environment']
    return Object.fromEntries(variables.map((it) => [it['Name'], written(it['Value'])]))
  })
  const dockerfile = readFileSync(join(root, 'watcher', 'Dockerfile'), 'utf8')

  test('each is one container on ARM that may do nothing special, and has two minutes to leave', () => {
    expect(containers).toHaveLength(tasks.length)
    for (const task of tasks) {
      expect(task).toMatchObject({ RuntimePlatform: { CpuArchitecture: 'ARM64' }, Cpu: '256', Memory: '512' })
    }
    for (const container of containers) {
      expect(container).toMatchObject({
        StopTimeout: 120,
        Command: ['node', '--max-semi-space-size=8', 'main.mjs'],
        HealthCheck: { Command: ['CMD', 'node', 'main.mjs', '--health'] },
        LinuxParameters: { InitProcessEnabled: true, Capabilities: { Drop: ['ALL'] } },
      })
    }
  })
  test('none is root, neither in the task nor in the image', () => {
    expect(containers.map((container) => container['User'])).toEqual(['node', 'node'])
    expect(dockerfile.match(/^USER (.*)$/gm)).toEqual(['USER node'])
  })
  test('each writes only its spool: a volume of its task, which the image gives to its user', () => {
    tasks.forEach((task, index) => {
      expect(containers[index]).toMatchObject({ ReadonlyRootFilesystem: true })
      expect(containers[index]?.['MountPoints']).toEqual([
        { ContainerPath: environments[index]?.['SPOOL_FOLDER'], ReadOnly: false, SourceVolume: 'spool' },
      ])
      expect(task['Volumes']).toEqual([{ Name: 'spool' }])
      expect(dockerfile).toContain(`VOLUME ["${environments[index]?.['SPOOL_FOLDER']}"]`)
    })
    expect(dockerfile).toMatch(/--chown=node:node/)
  })
  test('the spool stays far below the 20 GiB that a task has', () => {
    const bytes = environments.map((environment) => Number(environment['SPOOL_BYTES']))
    expect(bytes.every((bound) => bound > 0 && bound <= 10 * 1024 ** 3)).toBe(true)
  })
  test('a crash starts the container again in its task, so that the spool is still there', () => {
    const policies = containers.map((container) => container['RestartPolicy'])
    expect(policies).toEqual(containers.map(() => ({ Enabled: true, RestartAttemptPeriod: 60 })))
  })
  test('each gets exactly the environment that its schema asks for, and a slot of its own', () => {
    for (const texts of environments) expect(WatcherEnvironmentSchema.parse(texts)).toEqual(texts)
    expect(environments.map(({ SLOT }) => SLOT)).toEqual(['a', 'b'])
  })
  test('there are never two in one slot, also not during a deployment', () => {
    expect(new Set(services.map(({ properties: it }) => written(it['TaskDefinition']))).size).toBe(2)
    for (const { properties } of services) {
      expect(properties).toMatchObject({
        DesiredCount: 1,
        DeploymentConfiguration: {
          MinimumHealthyPercent: 0,
          MaximumPercent: 100,
          DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        },
        AvailabilityZoneRebalancing: 'DISABLED',
      })
    }
  })
  test('slot b is replaced only after slot a, and runs in another zone', () => {
    const [a, b] = services
    expect(a?.resource['DependsOn'] ?? []).not.toContain(b?.id)
    expect(b?.resource['DependsOn']).toContain(a?.id)
    const subnets = services.map(({ properties: it }) => it['NetworkConfiguration'].AwsvpcConfiguration.Subnets)
    expect(subnets.map((list) => list.length)).toEqual([1, 1])
    expect(subnets[0]).not.toEqual(subnets[1])
  })
  test('they can be reached by nobody', () => {
    const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup')
    expect(groups.flatMap(({ properties }) => properties['SecurityGroupIngress'] ?? [])).toEqual([])
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0)
  })
  test.each([
    ['two where a dialect names each event alike in both', [{ feeds: 1, dialect: 'mosquitto' }], ['a', 'b']],
    ['one where none does', [{ feeds: 2, dialect: 'aedes' }], ['a']],
    [
      'one where those that do have no feed',
      [
        { feeds: 1, dialect: 'aedes' },
        { feeds: 0, dialect: 'emqx' },
      ],
      ['a'],
    ],
    ['none where nothing has a feed', [{ feeds: 0, dialect: 'emqx' }], []],
  ] as const)('there are %s', (_, clusters, slots) => {
    const settings = SettingsSchema.parse({
      clusters: clusters.map(({ feeds, dialect }, index) => ({
        name: `c${index}`,
        dialect,
        feeds: Array.from({ length: feeds }, (_each, n) => ({ broker: `b${n}`, url: 'mqtt://b' })),
      })),
    })
    expect(slotsOf(settings)).toEqual(slots)
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
    expect(new Set(loud)).toEqual(new Set(['analyze-not-run', 'watcher-not-running', 'watcher-no-spare']))
  })
})
