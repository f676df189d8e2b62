/** Starts the containers of a plan and waits until they work. */
import { type LocalContainer, startContainer } from './container.ts'
import { type Running, roleOf } from './running.ts'

const healthyWithinMs = 15_000

/** Starts them all at once; each is told to `teardown`. One that is not healthy in time is said, and goes on trying. */
export async function startContainers({ plan, gateway, verbose, say, teardown }: Running): Promise<LocalContainer[]> {
  return Promise.all(
    plan.containers.map(async (one) => {
      const role = roleOf(plan, { arn: one.roleArn, of: one.label })
      const credentials = gateway.admit({ identity: one.identity, name: one.label, role })
      const container = await startContainer({ plan: one, credentials, gatewayUrl: gateway.url, verbose, say })
      teardown.add(`the container ${one.label}`, container.stop)
      if (!(await container.healthy(healthyWithinMs))) say(`${one.label} is not healthy yet.`)
      return container
    }),
  )
}
