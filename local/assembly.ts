/** Reads a synthesized cloud assembly: the stacks' templates and the folders of their assets. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as z from 'zod/mini'
import { StartError } from './lifecycle.ts'
import { type Template, TemplateSchema } from './template.ts'

const ManifestSchema = z.looseObject({
  artifacts: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      properties: z.optional(
        z.looseObject({
          templateFile: z.optional(z.string()),
          stackName: z.optional(z.string()),
          file: z.optional(z.string()),
        }),
      ),
    }),
  ),
})

const AssetsSchema = z.looseObject({
  files: z._default(
    z.record(z.string(), z.looseObject({ source: z.looseObject({ path: z.optional(z.string()) }) })),
    {},
  ),
  dockerImages: z._default(
    z.record(z.string(), z.looseObject({ source: z.looseObject({ directory: z.optional(z.string()) }) })),
    {},
  ),
})

export interface Stack {
  readonly name: string
  readonly template: Template
}

/** What `cdk deploy` would send. */
export interface Assembly {
  readonly stacks: readonly Stack[]
  /** Folder or file of each asset by its hash: the name of its object in S3 without `.zip`, or the tag of its image. */
  readonly assets: ReadonlyMap<string, string>
}

/**
 * Reads the assembly in a folder.
 * @throws StartError when a file of it is missing or not what the CDK writes.
 */
export function readAssembly(folder: string): Assembly {
  const manifest = readJson(join(folder, 'manifest.json'), ManifestSchema)
  const stacks: Stack[] = []
  const assets = new Map<string, string>()
  for (const [id, { type, properties }] of Object.entries(manifest.artifacts)) {
    if (type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined) {
      const template = readJson(join(folder, properties.templateFile), TemplateSchema)
      stacks.push({ name: properties.stackName ?? id, template })
    }
    if (type === 'cdk:asset-manifest' && properties?.file !== undefined) {
      const { files, dockerImages } = readJson(join(folder, properties.file), AssetsSchema)
      for (const [hash, { source }] of Object.entries(files)) {
        if (source.path !== undefined) assets.set(hash, resolve(folder, source.path))
      }
      for (const [hash, { source }] of Object.entries(dockerImages)) {
        if (source.directory !== undefined) assets.set(hash, resolve(folder, source.directory))
      }
    }
  }
  return { stacks, assets }
}

/** Is there an assembly in the folder with all its templates and assets? */
export function isWhole(folder: string): boolean {
  try {
    return [...readAssembly(folder).assets.values()].every((path) => existsSync(path))
  } catch {
    return false
  }
}

function readJson<Schema extends z.ZodMiniType>(file: string, schema: Schema): z.infer<Schema> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    throw new StartError(`${file} of the cloud assembly cannot be read (${found}). Delete its folder and start again.`)
  }
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
  throw new StartError(`${file} of the cloud assembly is not what the CDK writes, at ${where}.`)
}
