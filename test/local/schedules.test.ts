import { afterEach, describe, expect, it } from 'vitest'
import { nextRunMs } from '../../local/schedules.ts'
import { startSteps } from '../../local/steps.ts'
import { allow, arn, functionWith, roleWith, setStage, type Stage } from './stage.ts'

const at = (text: string) => Date.parse(`2026-11-22T${text}Z`)
const minute = 60_000

describe('a rate runs five seconds after the boundary', () => {
  it.each([
    ['of the next minute', '10:00:06', minute, '10:01:05'],
    ['of this minute while it has not passed', '10:00:04', minute, '10:00:05'],
    ['and not twice in one second', '10:00:05', minute, '10:01:05'],
    ['of the next five minutes', '10:01:00', 5 * minute, '10:05:05'],
  ])('%s', (_claim, now, everyMs, next) => {
    expect(nextRunMs(at(now), everyMs)).toBe(at(next))
  })
})

describe('a schedule', () => {
  let stage: Stage | undefined
  afterEach(async () => {
    await stage?.teardown.run()
  })

  const resources = (invoke: object) => ({
    Role: roleWith(),
    Invoker: roleWith(invoke),
    Step: functionWith('code'),
    EveryMinute: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: arn('Step'), RoleArn: arn('Invoker'), Input: '{"id":"<aws.scheduler.execution-id>"}' },
      },
    },
  })
  const code = { code: 'export const handler = ({ id }) => { if (!/^[0-9a-f-]{36}$/.test(id)) throw new Error(id) }' }
  const stepsOf = async ({ plan, gateway, teardown, said }: Stage) =>
    startSteps({
      plan,
      gateway,
      teardown,
      verbose: false,
      say: (line) => void said.push(line),
      firstAfterMs: 3_600_000,
    })

  it('invokes its function by its role, with its context attributes filled in', async () => {
    stage = await setStage(resources(allow('lambda:InvokeFunction', arn('Step'))), code)
    const { runSchedules } = await stepsOf(stage)
    expect(await runSchedules()).toBe(true)
    expect(stage.said).toEqual([])
    expect(stage.gateway.unusedGrants()).toEqual([])
  })

  it('does not run what its role may not invoke, and says so', async () => {
    stage = await setStage(resources(allow('lambda:InvokeFunction', 'arn:aws:lambda:*:*:function:other')), code)
    const { runSchedules } = await stepsOf(stage)
    expect(await runSchedules()).toBe(false)
    expect(stage.said[0]).toMatch(/Schedule EveryMinute is not authorized to perform: lambda:InvokeFunction/)
  })
})

it('a schedule that is no rate of minutes is refused by name', async () => {
  const broken = { ScheduleExpression: 'cron(0 12 * * ? *)', Target: { Arn: 'a', RoleArn: 'b' } }
  const staged = setStage({ Noon: { Type: 'AWS::Scheduler::Schedule', Properties: broken } })
  await expect(staged).rejects.toThrow(/Resource Noon .* only rate\(N minutes\) is understood/)
})
