/** Starts the containers of a plan and waits until they work. */
import { type LocalContainer, startContainer } from './container.ts'
import { type Running, roleOf } from './running.ts'

const healthyWithinMs = 15_000

/**
 * Starts them all at once, with their volumes below a folder. They are stopped together by `teardown`. One that is not
 * healthy in time is said, and goes on trying.
 */
export async function startContainers(
  { plan, gateway, verbose, say, teardown }: Running,
  volumesFolder: string,
): Promise<LocalContainer[]> {
  const started: LocalContainer[] = []
  teardown.add('the containers', async () => {
    await Promise.all(started.map(async ({ stop }) => stop()))
  })
  for (const one of plan.containers) {
    const role = roleOf(plan, { arn: one.roleArn, of: one.label })
    const credentials = gateway.admit({ identity: one.identity, name: one.label, role })
    started.push(await startContainer({ plan: one, credentials, gatewayUrl: gateway.url, volumesFolder, verbose, say }))
  }
  await Promise.all(
    started.map(async ({ label, healthy }) => {
      if (!(await healthy(healthyWithinMs))) say(`${label} is not healthy yet.`)
    }),
  )
  return started
}
