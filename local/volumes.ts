/** Gives containers their volumes: folders of this machine, since a process here has no file system of its own. */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerPlan } from './container-plan.ts'
import { StartError } from './lifecycle.ts'

/**
 * Makes the folder of each volume below `folder`, for this user alone. Gives the container's environment, in which
 * paths at and below a mount point are those of this machine.
 * @throws StartError when a folder cannot be made.
 */
export function mountVolumes(
  { label, mounts, environment }: Pick<ContainerPlan, 'label' | 'mounts' | 'environment'>,
  folder: string,
): Record<string, string> {
  const places = mounts.map(({ volume, path }) => ({ path, host: join(folder, label, volume) }))
  for (const { host } of places) make(host)
  const hostPath = (value: string) => {
    const place = places.find(({ path }) => value === path || value.startsWith(`${path}/`))
    return place === undefined ? value : join(place.host, value.slice(place.path.length))
  }
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, hostPath(value)]))
}

function make(host: string): void {
  try {
    mkdirSync(host, { recursive: true })
    chmodSync(host, 0o700)
  } catch (error) {
    throw new StartError(`The folder ${host} of a volume cannot be made: ${String(error)}. Choose another with --data.`)
  }
}
