/** Finds the containers that the services of a template keep running. */
import type * as z from 'zod/mini'
import { StartError } from './lifecycle.ts'
import * as shape from './resource-shapes.ts'
import { labelOf, parsed, type Resolver } from './resolved.ts'

type Definition = z.infer<typeof shape.TaskDefinition>['ContainerDefinitions'][number]

export interface ContainerPlan {
  /** Stack and logical id of the task definition: who it is to the gateway. */
  readonly identity: string
  /** For people: the logical id of the service without its hash. */
  readonly label: string
  readonly roleArn: string | undefined
  readonly folder: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Volumes of its task, and where the container has them. */
  readonly mounts: readonly { readonly volume: string; readonly path: string }[]
  readonly stopTimeoutSeconds: number
  readonly healthCheck: Definition['HealthCheck']
}

/**
 * A plan for each container of each service that is to run at all.
 * @throws StartError for an image that is no asset of this assembly, or a container without a command.
 */
export function containersOf(found: {
  readonly of: Resolver
  readonly assets: ReadonlyMap<string, string>
}): ContainerPlan[] {
  const tasks = new Map(found.of('AWS::ECS::TaskDefinition').map((resource) => [resource.ref, resource]))
  return found.of('AWS::ECS::Service').flatMap((service) => {
    const { TaskDefinition, DesiredCount } = parsed(shape.Service, service)
    const task = tasks.get(TaskDefinition)
    if (task === undefined || DesiredCount < 1) return []
    const { ContainerDefinitions, TaskRoleArn } = parsed(shape.TaskDefinition, task)
    return ContainerDefinitions.map((definition): ContainerPlan => {
      // The tag of an image asset is its hash.
      const folder = found.assets.get(definition.Image.split(':').at(-1) ?? '')
      if (folder === undefined) throw new StartError(`The image ${definition.Image} is not among the assets.`)
      if (definition.Command.length === 0) throw new StartError(`Container ${definition.Name} names no command.`)
      return {
        identity: `${task.stack}.${task.id}`,
        label: labelOf(service.id).replace(/Service$/, ''),
        roleArn: TaskRoleArn,
        folder,
        command: definition.Command,
        environment: Object.fromEntries(definition.Environment.map(({ Name, Value }) => [Name, Value])),
        mounts: definition.MountPoints.map(({ SourceVolume, ContainerPath }) => ({
          volume: SourceVolume,
          path: ContainerPath,
        })),
        stopTimeoutSeconds: definition.StopTimeout,
        healthCheck: definition.HealthCheck,
      }
    })
  })
}
